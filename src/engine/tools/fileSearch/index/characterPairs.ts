import { markAsLetter } from './characterKinds';

const space = 0x20;

/**
 * The overlapping pairs of characters of each run, then its last character alone, as words with spaces between them.
 * Writing them into an array takes a tenth of the time of joining strings.
 */
export function characterPairs(runs: readonly string[]): string {
  const length = runs.reduce((sum, run) => sum + run.length, 0);
  // A character is written twice, with a space after the first time, and a run ends with another one.
  const units = new Uint16Array(3 * length + runs.length);
  let end = 0;
  for (const run of runs) {
    for (let at = 0; at < run.length;) {
      const next = at + (isHighSurrogate(run.charCodeAt(at)) ? 2 : 1);
      if (at > 0) {
        for (let i = at; i < next; i++) units[end++] = markAsLetter(run.charCodeAt(i));
        units[end++] = space;
      }
      for (; at < next; at++) units[end++] = markAsLetter(run.charCodeAt(at));
    }
    units[end++] = space;
  }
  return Buffer.from(units.buffer, 0, 2 * end).toString('utf16le');
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
