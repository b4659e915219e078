/** A line of a `.gitignore`. */
interface Pattern {
  isNegated: boolean;
  isForFolders: boolean;
  /** The pattern's path; `**` stands for any number of folders. */
  segments: readonly (Segment | '**')[];
  /** Of the line, in UTF-16 code units. */
  length: number;
}

/** Characters of a name; `*` stands for any number of them. */
type Segment = readonly ('*' | Matcher)[];

/** Whether a character, as a UTF-16 code unit, matches. */
type Matcher = (unit: number) => boolean;

/** Comparisons between two calls of `pause`: about a millisecond. */
const pauseInterval = 100_000;

/** Longer lines match no path: paths are limited to 4,096 bytes. */
const maxLineLength = 4_096;

/**
 * The rules of a `.gitignore`. Matching takes time proportional to the lengths of pattern and path,
 * whatever the pattern is: it uses no regular expressions.
 */
export class IgnoreRules {
  private readonly patterns: readonly Pattern[];

  constructor(
    text: string,
    private readonly ignoresCase: boolean,
  ) {
    this.patterns = text
      .replace(/^\ufeff/, '')
      .split('\n')
      .flatMap((line) => (line.length > maxLineLength ? [] : parseLine(this.folded(line))));
  }

  /**
   * Whether a path is ignored, or excluded from being ignored; undefined if no line matches. Considers the
   * path alone, not its folders. Awaits `pause` at times, which may let other work run.
   */
  async test(path: string, isFolder: boolean, pause: () => Promise<void>): Promise<boolean | undefined> {
    const names = this.folded(path).split('/');
    let work = 0;
    for (let index = this.patterns.length - 1; index >= 0; index--) {
      const { isNegated, isForFolders, segments, length } = this.patterns[index]!;
      if ((isFolder || !isForFolders) && matchesPath(segments, names)) return !isNegated;
      work += length * path.length;
      if (work < pauseInterval) continue;
      work = 0;
      await pause();
    }
    return undefined;
  }

  private folded(text: string): string {
    return this.ignoresCase ? text.toLowerCase() : text;
  }
}

function parseLine(line: string): Pattern[] {
  let text = withoutTrailingSpaces(line.replace(/\r$/, ''));
  if (text === '' || text.startsWith('#')) return [];
  const isNegated = text.startsWith('!');
  if (isNegated) text = text.slice(1);
  const isForFolders = text.endsWith('/');
  if (isForFolders) text = text.slice(0, -1);
  const isAnchored = text.includes('/');
  if (text.startsWith('/')) text = text.slice(1);
  if (text === '') return [];
  const segments = text
    .split('/')
    // A backslash before a slash escapes nothing.
    .map((part, at, { length }) => (at < length - 1 && endsInEscape(part) ? part.slice(0, -1) : part))
    .map((part) => (part === '**' ? part : parseSegment(part)));
  if (!segments.every((segment) => segment !== undefined)) return [];
  return [
    { isNegated, isForFolders, segments: isAnchored ? segments : ['**', ...segments], length: line.length },
  ];
}

/** Spaces at the end do not count, unless they are escaped. */
function withoutTrailingSpaces(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === ' ') end--;
  return line.slice(0, end < line.length && endsInEscape(line.slice(0, end)) ? end + 1 : end);
}

/** Whether the last character is a backslash that is not escaped itself. */
function endsInEscape(text: string): boolean {
  let backslashes = 0;
  while (text[text.length - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

/** Parses a part of a path; undefined if it is invalid and so matches nothing. */
function parseSegment(text: string): Segment | undefined {
  const segment: ('*' | Matcher)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '*') {
      if (segment.at(-1) !== '*') segment.push('*');
    } else if (character === '?') segment.push(() => true);
    else if (character === '[') {
      const set = parseSet(text, at + 1);
      if (!set) return undefined;
      segment.push(set.matcher);
      at = set.end;
    } else {
      if (character === '\\') at++;
      // Git matches nothing with a backslash at the end.
      if (at === text.length) return undefined;
      const unit = text.charCodeAt(at);
      segment.push((other) => other === unit);
    }
  }
  return segment;
}

/** Parses a set such as `[a-z]` after its bracket; undefined if it does not end. */
function parseSet(text: string, start: number): { matcher: Matcher; end: number } | undefined {
  const isNegated = text[start] === '!' || text[start] === '^';
  const first = isNegated ? start + 1 : start;
  const members: Matcher[] = [];
  let at = first;
  for (; at < text.length && (text[at] !== ']' || at === first); at++) {
    const named = text[at] === '[' && text[at + 1] === ':' ? text.indexOf(':]', at + 2) : -1;
    if (named >= 0) {
      const member = namedSets.get(text.slice(at + 2, named));
      if (!member) return undefined;
      members.push((unit) => member.test(String.fromCharCode(unit)));
      at = named + 1;
      continue;
    }
    if (text[at] === '\\') at++;
    const low = text.charCodeAt(at);
    let high = low;
    if (text[at + 1] === '-' && at + 2 < text.length && text[at + 2] !== ']') {
      at += text[at + 2] === '\\' ? 3 : 2;
      high = text.charCodeAt(at);
    }
    members.push((unit) => low <= unit && unit <= high);
  }
  if (at >= text.length) return undefined;
  return { matcher: (unit) => members.some((matches) => matches(unit)) !== isNegated, end: at };
}

const namedSets = new Map([
  ['alnum', /[A-Za-z0-9]/],
  ['alpha', /[A-Za-z]/],
  ['blank', /[ \t]/],
  ['digit', /[0-9]/],
  ['lower', /[a-z]/],
  ['punct', /[!-/:-@[-`{-~]/],
  ['space', /\s/],
  ['upper', /[A-Z]/],
  ['xdigit', /[0-9A-Fa-f]/],
]);

function matchesPath(segments: Pattern['segments'], names: readonly string[]): boolean {
  // `a/**` matches what is inside `a`, and not `a`.
  if (segments.at(-1) === '**' && segments.length > 1) {
    return matchesWild(
      [...segments, (name: string) => name !== ''],
      names,
      (segment) => segment === '**',
      matchesPart,
    );
  }
  return matchesWild(segments, names, (segment) => segment === '**', matchesPart);
}

function matchesPart(segment: Segment | '**' | ((name: string) => boolean), name: string): boolean {
  if (segment === '**') return true;
  return typeof segment === 'function' ? segment(name) : matchesName(segment, name);
}

function matchesName(segment: Segment, name: string): boolean {
  const units = Array.from({ length: name.length }, (_, index) => name.charCodeAt(index));
  return matchesWild(
    segment,
    units,
    (part) => part === '*',
    (part, unit) => part === '*' || part(unit),
  );
}

/**
 * Whether a sequence matches a pattern in which `isWild` parts match any number of items. Only the last
 * such part is ever given more items, so the time is at most the product of both lengths.
 */
function matchesWild<P, T>(
  pattern: readonly P[],
  items: readonly T[],
  isWild: (part: P) => boolean,
  matches: (part: P, item: T) => boolean,
): boolean {
  let part = 0;
  let item = 0;
  let lastWild = -1;
  let lastItem = 0;
  while (item < items.length) {
    const present = pattern[part];
    if (present !== undefined && isWild(present)) {
      lastWild = part++;
      lastItem = item;
    } else if (present !== undefined && matches(present, items[item]!)) {
      part++;
      item++;
    } else if (lastWild >= 0) {
      part = lastWild + 1;
      item = ++lastItem;
    } else return false;
  }
  while (part < pattern.length && isWild(pattern[part]!)) part++;
  return part === pattern.length;
}
