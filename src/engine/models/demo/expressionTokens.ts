import { lazy } from '../../lazy';

/** `other` is text that is not part of a formula. */
export type TokenKind = 'number' | 'letter' | 'function' | 'operator' | 'open' | 'close' | 'equals' | 'other';

export interface Token {
  kind: TokenKind;
  text: string;
  /** Whether white space comes before it. */
  spaced: boolean;
}

/** Whether two adjacent tokens form a product: `3x`, `2(x`, `)(`. */
export function multiplies(left: Token, right: Token): boolean {
  const ends = ['number', 'letter', 'close'].includes(left.kind);
  if (!ends || !['number', 'letter', 'open', 'function'].includes(right.kind)) return false;
  return right.kind !== 'number' || left.kind === 'close';
}

const functions = new Set(['sin', 'cos', 'tan', 'log', 'ln', 'exp', 'sqrt', 'abs']);
const maxTextLength = 20_000;

/** Tokenizes any text, except for its code blocks. */
export function readTokens(text: string): Token[] {
  return tokenize(normalize(text.slice(0, maxTextLength)));
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Normalizes notation: full-width characters, superscripts, dashes, LaTeX. */
function normalize(text: string): string {
  return text
    .replace(/```[\s\S]*?(?:```|$)/g, ' ; ')
    .replace(
      /[⁰¹²³⁴-⁹]+/g,
      (digits) => `^${[...digits].map((digit) => superscripts.indexOf(digit)).join('')}`,
    )
    .replace(/(\d*)([¼-¾⅐-⅞])/g, (_, whole: string, fraction: string) => {
      return `(${whole === '' ? '' : `${whole}+`}${fraction.normalize('NFKC')})`;
    })
    .normalize('NFKC')
    .replace(/(?<![\d.])\d{1,3}(?:,\d{3})+(?!\d)/g, (number) => number.replaceAll(',', ''))
    .replace(/(?<=\d),(?=\d)/g, '.')
    .replace(/^\s*[-*+]\s+/gm, ' ; ')
    .replace(/[−–﹣]/g, '-')
    .replace(/[×·⋅∙•]|\\cdot\b|\\times\b/g, '*')
    .replace(/[÷∕⁄]|\\div\b/g, '/')
    .replace(/\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, '(($1)/($2))')
    .replace(/\\left|\\right|\\[,;! ]/g, '')
    .replace(/(?<=[\w)])\*\*(?=[\w(])/g, '^')
    .replace(/\*\*|\\[()[\]]/g, ' ; ');
}

const pattern = lazy(
  () =>
    /(?<space>\s+)|(?<number>\d+(?:\.\d+)?|\.\d+)|(?<word>[\p{Script=Latin}\p{Script=Greek}]+)|(?<no>[=<>!:~]{2,}|[<>])|(?<equals>=)|(?<operator>[-+*/^])|(?<open>[([{])|(?<close>[)\]}])|(?<other>.)/gsu,
);

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let spaced = false;
  for (const { groups = {}, index, 0: match } of text.matchAll(pattern())) {
    if (groups['space'] !== undefined) {
      spaced = true;
      continue;
    }
    if (groups['word'] === undefined) tokens.push({ kind: kindOf(groups), text: match, spaced });
    else tokens.push(...wordTokens(match, spaced, text[index - 1], text[index + match.length]));
    spaced = false;
  }
  return tokens;
}

function kindOf(groups: Record<string, string | undefined>): Token['kind'] {
  const kinds = ['number', 'equals', 'operator', 'open', 'close'] as const;
  return kinds.find((kind) => groups[kind] !== undefined) ?? 'other';
}

/**
 * A single letter is an unknown, and up to three letters beside an operator are a product of unknowns. Other
 * words are not mathematics.
 */
function wordTokens(word: string, spaced: boolean, before = ' ', after = ' '): Token[] {
  if (functions.has(word) && after === '(') return [{ kind: 'function', text: word, spaced }];
  const letters = [...word];
  const touches = /[\d)*/+^=-]/.test(before) || /[*/+^=-]/.test(after);
  if (letters.length > 3 || (letters.length > 1 && !touches)) return [{ kind: 'other', text: word, spaced }];
  return letters.map((text, index) => ({ kind: 'letter', text, spaced: spaced && index === 0 }));
}
