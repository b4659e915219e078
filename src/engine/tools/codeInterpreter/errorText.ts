/** An error's message, without paths of the host. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  // “ENOENT: no such file or directory, open '/home/…'”
  return /^E[A-Z]+$/.test(code ?? '') ? error.message.replace(/, \w+( '.*)?$/s, '') : error.message;
}
