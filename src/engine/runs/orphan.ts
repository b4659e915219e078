/** The error message of a run whose engine died. */
export const orphanMessage =
  'The window or server that ran this ended unexpectedly. What was written by then is kept.';
