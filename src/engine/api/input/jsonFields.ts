/**
 * The text of a JSON object with another value for one of its fields, which is added if it is missing. All else stays
 * as it is written: numbers that JavaScript cannot represent, the order of fields. `json` is valid.
 */
export function withField(json: string, name: string, value: string): string {
  const replacement = JSON.stringify(value);
  let result = '';
  let copied = 0;
  for (const [start, end] of fieldValues(json, name)) {
    result += json.slice(copied, start) + replacement;
    copied = end;
  }
  if (copied > 0) return result + json.slice(copied);
  const open = json.indexOf('{') + 1;
  const comma = /^\s*\}/.test(json.slice(open)) ? '' : ',';
  return `${json.slice(0, open)}${JSON.stringify(name)}:${replacement}${comma}${json.slice(open)}`;
}

/** Where the values of a field of the outermost object start and end, unless they are objects or lists. */
function fieldValues(json: string, name: string): [start: number, end: number][] {
  const found: [number, number][] = [];
  const marks = /["{}[\]]/g;
  let depth = 0;
  for (let mark = marks.exec(json); mark; mark = marks.exec(json)) {
    if (mark[0] !== '"') {
      depth += mark[0] === '{' || mark[0] === '[' ? 1 : -1;
      continue;
    }
    const end = endOfString(json, mark.index);
    marks.lastIndex = end;
    const value = depth === 1 ? valueAfter(json, end) : undefined;
    if (!value || JSON.parse(json.slice(mark.index, end)) !== name) continue;
    found.push(value);
    marks.lastIndex = value[1];
  }
  return found;
}

/** Where the value after a key that ends at `end` starts and ends; undefined if that was no key. */
function valueAfter(json: string, end: number): [start: number, end: number] | undefined {
  const colon = /\s*:\s*/y;
  colon.lastIndex = end;
  if (!colon.test(json)) return undefined;
  const start = colon.lastIndex;
  if (json[start] === '"') return [start, endOfString(json, start)];
  const word = /[\w.+-]+/y;
  word.lastIndex = start;
  return word.test(json) ? [start, word.lastIndex] : undefined;
}

/** The index after the closing quote of the string that starts at `start`. */
function endOfString(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); quote >= 0; quote = json.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (json[quote - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return quote + 1;
  }
  return json.length;
}
