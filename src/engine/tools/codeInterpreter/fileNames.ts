const forbidden = /[\p{Cc}\p{Cs}\\:*?"<>|]/u;
const endsBadly = /[. ]$/;
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const maxPartLength = 200;
const maxDepth = 8;

/**
 * Whether a name that Python gave a file can be a path below a folder of ours, on every system: no way
 * up, no device, no stream of another file.
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
    // Also refuses «.» and «..».
    !endsBadly.test(part) &&
    !reserved.test(part)
  );
}
