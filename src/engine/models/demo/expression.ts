import Fraction from 'fraction.js';
import { multiplies, type Token } from './expressionTokens';

/** The syntax tree of an arithmetic expression, which preserves how it was written. */
export type Expression =
  | { kind: 'number'; text: string }
  | { kind: 'unknown'; name: string }
  | { kind: 'function'; name: string; argument: Expression }
  | { kind: 'group'; inner: Expression }
  | { kind: 'negative'; of: Expression }
  | { kind: 'sum'; terms: { negative: boolean; term: Expression }[] }
  | { kind: 'product'; left: Expression; right: Expression; dot: boolean }
  | { kind: 'quotient'; top: Expression; bottom: Expression }
  | { kind: 'power'; base: Expression; exponent: Expression };

/** Coefficients by degree: `[b, a]` is `ax + b`. */
export type Polynomial = readonly Fraction[];

/** Why an expression cannot be turned into a polynomial. */
export type UnsolvableReason = 'function' | 'unknownBelow' | 'zeroBelow' | 'power' | 'tooLarge';

export class UnsolvableError extends Error {
  constructor(readonly reason: UnsolvableReason) {
    super(reason);
  }
}

const maxDegree = 6;
const maxNumber = 10n ** 40n;

/** Parses tokens as an expression; undefined if they do not form one. */
export function parseExpression(tokens: readonly Token[]): Expression | undefined {
  let at = 0;
  const next = (text: string) => tokens[at]?.text === text && tokens[at]?.kind === 'operator' && ++at > 0;

  function sum(): Expression | undefined {
    const terms: { negative: boolean; term: Expression }[] = [];
    do {
      const operator = tokens[at - 1]?.text;
      const term = product();
      if (!term) return undefined;
      terms.push({ negative: terms.length > 0 && operator === '-', term });
    } while (next('+') || next('-'));
    const [only] = terms;
    return terms.length === 1 && only ? only.term : { kind: 'sum', terms };
  }

  function product(): Expression | undefined {
    let left = signed();
    while (left) {
      const [before, after] = [tokens[at - 1], tokens[at]];
      if (next('/')) {
        const bottom = signed();
        left = bottom && { kind: 'quotient', top: left, bottom };
        continue;
      }
      const dot: boolean = next('*');
      if (!dot && !(before && after && multiplies(before, after))) return left;
      const right = signed();
      left = right && { kind: 'product', left, right, dot };
    }
    return undefined;
  }

  function signed(): Expression | undefined {
    if (next('+')) return signed();
    if (!next('-')) return power();
    const of = signed();
    return of && { kind: 'negative', of };
  }

  function power(): Expression | undefined {
    const base = primary();
    if (!base || !next('^')) return base;
    const exponent = signed();
    return exponent && { kind: 'power', base, exponent };
  }

  function primary(): Expression | undefined {
    const token = tokens[at++];
    if (token?.kind === 'number') return { kind: 'number', text: token.text };
    if (token?.kind === 'letter') return { kind: 'unknown', name: token.text };
    if (token?.kind === 'open') {
      const inner = sum();
      return inner && tokens[at++]?.kind === 'close' ? { kind: 'group', inner } : undefined;
    }
    if (token?.kind !== 'function') return undefined;
    const argument = primary();
    return argument && { kind: 'function', name: token.text, argument };
  }

  const expression = sum();
  return at === tokens.length ? expression : undefined;
}

/** The unknowns in an expression, each once. */
export function unknownsOf(expression: Expression): string[] {
  return [...new Set(partsOf(expression).flatMap((part) => (part.kind === 'unknown' ? [part.name] : [])))];
}

/** Whether a number in it is written with a decimal point. */
export function hasDecimals(expression: Expression): boolean {
  return partsOf(expression).some((part) => part.kind === 'number' && part.text.includes('.'));
}

/** An expression and all of its descendants. */
export function partsOf(expression: Expression): Expression[] {
  return [expression, ...children(expression).flatMap(partsOf)];
}

function children(expression: Expression): Expression[] {
  switch (expression.kind) {
    case 'number':
    case 'unknown':
      return [];
    case 'function':
      return [expression.argument];
    case 'group':
      return [expression.inner];
    case 'negative':
      return [expression.of];
    case 'sum':
      return expression.terms.map(({ term }) => term);
    case 'product':
      return [expression.left, expression.right];
    case 'quotient':
      return [expression.top, expression.bottom];
    case 'power':
      return [expression.base, expression.exponent];
  }
}

/** Expands an expression exactly. Throws UnsolvableError if it is not a polynomial. */
export function toPolynomial(expression: Expression): Polynomial {
  switch (expression.kind) {
    case 'number':
      return checked([new Fraction(expression.text)]);
    case 'unknown':
      return [new Fraction(0), new Fraction(1)];
    case 'function':
      throw new UnsolvableError('function');
    case 'group':
      return toPolynomial(expression.inner);
    case 'negative':
      return scale(toPolynomial(expression.of), new Fraction(-1));
    case 'sum':
      return expression.terms.reduce<Polynomial>((total, { negative, term }) => {
        return add(total, scale(toPolynomial(term), new Fraction(negative ? -1 : 1)));
      }, []);
    case 'product':
      return multiply(toPolynomial(expression.left), toPolynomial(expression.right));
    case 'quotient':
      return divide(toPolynomial(expression.top), toPolynomial(expression.bottom));
    case 'power':
      return raise(toPolynomial(expression.base), toPolynomial(expression.exponent));
  }
}

/** The sum of two polynomials, without leading zero coefficients. */
export function add(left: Polynomial, right: Polynomial): Polynomial {
  const length = Math.max(left.length, right.length);
  return checked(Array.from({ length }, (_, k) => coefficient(left, k).add(coefficient(right, k))));
}

export function scale(polynomial: Polynomial, factor: Fraction): Polynomial {
  return checked(polynomial.map((value) => value.mul(factor)));
}

/** The coefficient of the unknown's power `degree`. */
export function coefficient(polynomial: Polynomial, degree: number): Fraction {
  return polynomial[degree] ?? new Fraction(0);
}

function multiply(left: Polynomial, right: Polynomial): Polynomial {
  const terms = left.flatMap((a, i) => right.map((b, k) => [...zeros(i + k), a.mul(b)]));
  return terms.reduce<Polynomial>(add, []);
}

function divide(top: Polynomial, bottom: Polynomial): Polynomial {
  const [divisor] = bottom;
  if (!divisor) throw new UnsolvableError('zeroBelow');
  if (bottom.length > 1) throw new UnsolvableError('unknownBelow');
  return scale(top, divisor.inverse());
}

function raise(base: Polynomial, exponent: Polynomial): Polynomial {
  const times = coefficient(exponent, 0).valueOf();
  if (exponent.length > 1 || !Number.isInteger(times) || times < 0 || times > maxDegree)
    throw new UnsolvableError('power');
  let result: Polynomial = [new Fraction(1)];
  for (let k = 0; k < times; k++) result = multiply(result, base);
  return result;
}

function zeros(count: number): Fraction[] {
  return Array.from({ length: count }, () => new Fraction(0));
}

function checked(polynomial: Fraction[]): Polynomial {
  if (polynomial.some(({ n, d }) => n > maxNumber || d > maxNumber)) throw new UnsolvableError('tooLarge');
  const length = polynomial.findLastIndex((value) => !value.equals(0)) + 1;
  if (length > maxDegree + 1) throw new UnsolvableError('power');
  return polynomial.slice(0, length);
}
