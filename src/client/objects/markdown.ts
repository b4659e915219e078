/** Text as Markdown. */

/** Code in a fence that is longer than those in it. */
export function fenced(code: string, language: string): string {
  const runs = code.match(/`{3,}/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
  return `${fence}${language}\n${code.replace(/\n$/, '')}\n${fence}`;
}

export function bold(text: string): string {
  return `**${text}**`;
}

/** A name within a line. */
export function line(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]]/g, '\\$&');
}

/** Text in a list item: its further lines belong to the item. */
export function indented(text: string, indentation = '   '): string {
  return text.trim().replace(/\r?\n/g, `\n${indentation}`);
}
