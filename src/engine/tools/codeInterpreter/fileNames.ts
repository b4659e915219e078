const forbidden = /[\p{Cc}\p{Cs}\\:*?"<>|]/u;
const endsBadly = /[. ]$/;
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const maxPartLength = 200;
const maxDepth = 8;

/**
 * Whether a file name from Python is a safe relative path on every operating system: no parent
 * folders, no device names, no alternate data streams.
 */
export function isFileName(name: string): boolean {
  const parts = name.split('/');
  return parts.length <= maxDepth && parts.every(isPart);
}

function isPart(part: string): boolean {
  const bytes = Buffer.byteLength(part);
  return (
    bytes > 0 &&
    bytes <= maxPartLength &&
    !forbidden.test(part) &&
    // Also rejects «.» and «..».
    !endsBadly.test(part) &&
    !reserved.test(part)
  );
}
