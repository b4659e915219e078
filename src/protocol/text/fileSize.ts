const units = ['B', 'KB', 'MB', 'GB'];

/** Formats a number of bytes for display, such as `1.4 MB`; `format` localizes the number. */
export function sizeInWords(bytes: number, format: (value: number) => string): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && size < 10 ? 1 : 0;
  return `${format(Number(size.toFixed(digits)))} ${units[unit]}`;
}
