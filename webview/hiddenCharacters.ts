/**
 * Invisible characters that can mislead readers: a bidirectional override displays “txt.exe” as
 * “exe.txt”, or reorders code. In code, names and links they are shown by their code point.
 */

/** Joiners are legitimate in many scripts and in emoji, but not next to ASCII characters. */
const joiner = String.raw`(?<=[\0-\x7f])[\u200c\u200d]|[\u200c\u200d](?=[\0-\x7f])`;
const others = String.raw`[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]`;
const hidden = new RegExp(`(?:${others}|${joiner})+`, 'gu');

/** Replaces hidden characters with the form `[U+202E]`. */
export function visible(text: string): string {
  return text.replace(hidden, (run) => `[${numbers(run)}]`);
}

/** Replaces hidden characters below a node with marked elements. */
export function showHidden(root: Node): void {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text && hasHidden(node.data)) found.push(node);
  }
  for (const text of found) text.replaceWith(...marked(text.data));
}

/** Whether a text contains characters that are shown by their code point. */
export function hasHidden(text: string): boolean {
  return text.search(hidden) >= 0;
}

/** Up to this many marks in one text get an element; more would slow the panel down. */
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

/** Consecutive characters that are listed; the others are counted. */
const maxNamed = 4;

function numbers(run: string): string {
  const characters = [...run];
  const names = characters
    .slice(0, maxNamed)
    .map((character) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`);
  if (characters.length > maxNamed) names.push(`+${characters.length - maxNamed}`);
  return names.join(' ');
}
