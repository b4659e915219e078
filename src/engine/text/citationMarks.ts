/** The marks by which answers cite passages: 【number of the search in the thread:passage among its results†file】. */
const mark = /【(\d{1,9}):(\d{1,9})†[^【】\n]{0,300}】/g;

/** The beginning of a mark at the end of a text. */
const openMark = /【(\d{0,9}|\d{1,9}:\d{0,9}|\d{1,9}:\d{1,9}†[^【】\n]{0,300})$/;

/** The mark that cites a passage of a search. */
export function markOf(search: number, passage: number, fileName: string): string {
  return `【${search}:${passage}†${inMark(fileName)}】`;
}

function inMark(name: string): string {
  return name.replace(/[【】†\s]+/g, ' ').slice(0, 200);
}

/** The marks of a text, whether or not they cite anything. */
export function marksIn(text: string): { text: string; start: number; search: number; passage: number }[] {
  return [...text.matchAll(mark)].map((found) => ({
    text: found[0],
    start: found.index,
    search: Number(found[1]),
    passage: Number(found[2]),
  }));
}

/** Offset of an incomplete mark at the end of a text; the text's length if it has none. */
export function openMarkAt(text: string): number {
  return openMark.exec(text)?.index ?? text.length;
}
