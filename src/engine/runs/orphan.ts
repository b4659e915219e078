/** What a run says that ended because the window, or the server, that ran it is gone. */
export const orphanMessage =
  'The window or server that ran this ended unexpectedly. What was written by then is kept.';
