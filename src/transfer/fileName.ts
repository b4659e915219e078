/** The last part of a file's name, made safe for a path on every system; `otherwise` if nothing is left of it. */
export function safeFileName(name: string, otherwise: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  // Bidirectional and invisible characters could make one file look like another.
  const safe = last.replace(/[\p{Cc}\p{Bidi_Control}\u200b\u2060\ufeff:*?"<>|]+/gu, '_').trim();
  const short = safe.length > 150 ? safe.slice(0, 120) + safe.slice(-30) : safe;
  if (/^\.*$/.test(short)) return otherwise;
  // Names of devices on Windows.
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(short) || short.endsWith('.') ? `_${short}_` : short;
}
