const mailHeaders =
  /^(received|return-path|delivered-to|from|to|cc|subject|date|message-id|mime-version|content-type|reply-to|x-[\w-]+|dkim-signature|arc-[\w-]+):/i;

/** Whether the first lines are those of a mail message, and not only like them: it has been sent or encoded. */
export function looksLikeMail(head: string): boolean {
  const headers = headersOf(head);
  if (!headers.some((line) => /^(mime-version:\s*1|message-id:\s*<|received:\s*from\s)/i.test(line)))
    return false;
  return headers.filter((line) => mailHeaders.test(line)).length >= 3;
}

/** Whether the file starts with the separator line of a mailbox (.mbox), and a mail message follows. */
export function looksLikeMailbox(head: string): boolean {
  const separator = /^From [^\r\n]*\d\d:\d\d[^\r\n]*\r?\n/.exec(head)?.[0];
  // A patch made by `git format-patch` has such a line with a commit's id and a fixed date.
  if (separator === undefined || /^From [\da-f]{40,} Mon Sep 17 00:00:00 2001/.test(separator)) return false;
  return looksLikeMail(head.slice(separator.length));
}

/** The lines before the first empty one; none if one of them is no header and does not continue one. */
function headersOf(head: string): string[] {
  const lines = head.split(/\r?\n/);
  const end = lines.indexOf('');
  // The last line may be cut.
  const headers = lines.slice(0, end === -1 ? -1 : end);
  return headers.every((line, i) => /^[!-9;-~]+:/.test(line) || (i > 0 && /^[ \t]/.test(line)))
    ? headers
    : [];
}
