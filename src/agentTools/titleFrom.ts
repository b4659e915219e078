/** Maximum number of characters of a title made from a message. */
const maxTitleLength = 60;

/** A thread's title from its first message: the first line, cut between words; empty if there is no text. */
export function titleFrom(message: string): string {
  const line = message
    .split('\n')
    .filter((text) => !text.startsWith('```'))
    .map((text) => text.replaceAll('`', '').trim())
    .find(Boolean);
  if (!line) return '';
  const characters = Array.from(line);
  if (characters.length <= maxTitleLength) return line;
  const space = characters.lastIndexOf(' ', maxTitleLength - 1);
  // Text without spaces, such as Chinese, is cut between any two characters.
  const end = space > 0 ? space : maxTitleLength - 1;
  return `${characters.slice(0, end).join('')}…`;
}
