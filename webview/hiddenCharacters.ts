/**
 * Characters that nobody sees and that change what is read: a direction override makes «exe.txt» of
 * «txt.exe», and one line of code of another. In code, names and links they are shown by their number.
 */

/** Joiners belong to scripts and emoji; between plain letters they hide a difference. */
const joiner = String.raw`(?<=[\0-\x7f])[\u200c\u200d]|[\u200c\u200d](?=[\0-\x7f])`;
const others = String.raw`[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]`;
const hidden = new RegExp(`(?:${others}|${joiner})+`, 'gu');

/** The text with each hidden character in the form `[U+202E]`. */
export function visible(text: string): string {
  return text.replace(hidden, (run) => `[${numbers(run)}]`);
}

/** Puts marks into the page in the place of hidden characters. */
export function showHidden(root: Node): void {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text && hasHidden(node.data)) found.push(node);
  }
  for (const text of found) text.replaceWith(...marked(text.data));
}

/** Whether a text holds characters that would be shown by their number. */
export function hasHidden(text: string): boolean {
  return text.search(hidden) >= 0;
}

/** Marks in one text that get a frame; where there are more, elements would slow the panel down. */
const maxFrames = 500;

function marked(text: string): (string | Element)[] {
  const runs = [...text.matchAll(hidden)];
  if (runs.length > maxFrames) return [visible(text)];
  const parts: (string | Element)[] = [];
  let end = 0;
  for (const { 0: run, index } of runs) {
    const mark = document.createElement('span');
    mark.className = 'hidden-character';
    mark.textContent = numbers(run);
    parts.push(text.slice(end, index), mark);
    end = index + run.length;
  }
  return [...parts, text.slice(end)];
}

/** Characters of a run that are named; the others are counted. */
const maxNamed = 4;

function numbers(run: string): string {
  const characters = [...run];
  const names = characters
    .slice(0, maxNamed)
    .map((character) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`);
  if (characters.length > maxNamed) names.push(`+${characters.length - maxNamed}`);
  return names.join(' ');
}
