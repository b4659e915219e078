import {
  coefficient,
  UnsolvableError,
  parseExpression,
  toPolynomial,
  unknownsOf,
  type Expression,
  type UnsolvableReason,
  type Polynomial,
} from './expression';
import { multiplies, readTokens, type Token } from './expressionTokens';

/** A linear equation in one unknown. */
export interface Equation {
  kind: 'equation';
  unknown: string;
  left: Side;
  right: Side;
}

export interface Side {
  written: Expression;
  value: Polynomial;
}

/** An equation that the demo model cannot solve. */
export interface Declined {
  kind: 'declined';
  reason: UnsolvableReason | 'chain' | 'unknowns' | 'degree';
  unknowns: string[];
}

const maxTokens = 200;

/** The first linear equation in a text, otherwise the first other equation; undefined if there is none. */
export function findEquation(text: string): Equation | Declined | undefined {
  const tokens = readTokens(text);
  let declined: Declined | undefined;
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'equals') continue;
    const found = readAround(tokens, index);
    if (found?.kind === 'equation') return found;
    declined ??= found;
  }
  return declined;
}

/**
 * Treats white space between factors as a product if that leaves one unknown (“3 x = 6”), and otherwise as
 * the end of the equation (“3x = 14 I think”).
 */
function readAround(tokens: readonly Token[], equals: number): Equation | Declined | undefined {
  const loose = readEquation(tokens, equals, true);
  if (loose?.kind === 'equation' || (loose && loose.reason !== 'unknowns')) return loose;
  const strict = readEquation(tokens, equals, false);
  return strict?.kind === 'equation' ? strict : (loose ?? strict);
}

function readEquation(
  tokens: readonly Token[],
  equals: number,
  loose: boolean,
): Equation | Declined | undefined {
  const start = reach(tokens, equals, -1, loose);
  const end = reach(tokens, equals, 1, loose);
  const left = parseExpression(withoutStart(tokens.slice(start + 1, equals)));
  const right = parseExpression(withoutEnd(tokens.slice(equals + 1, end)));
  if (!left || !right) return undefined;

  const unknowns = [...new Set([...unknownsOf(left), ...unknownsOf(right)])];
  const decline = (reason: Declined['reason']): Declined => ({ kind: 'declined', reason, unknowns });
  const [unknown] = unknowns;
  if (unknown === undefined) return undefined;
  if (tokens[start]?.kind === 'equals' || tokens[end]?.kind === 'equals') return decline('chain');
  if (unknowns.length > 1) return decline('unknowns');
  try {
    return classify(
      unknown,
      { written: left, value: toPolynomial(left) },
      { written: right, value: toPolynomial(right) },
    );
  } catch (error) {
    if (error instanceof UnsolvableError) return decline(error.reason);
    throw error;
  }
}

function classify(unknown: string, left: Side, right: Side): Equation | Declined {
  const degrees = Math.max(left.value.length, right.value.length);
  for (let k = 2; k < degrees; k++) {
    // Equal higher powers on both sides cancel.
    if (coefficient(left.value, k).equals(coefficient(right.value, k))) continue;
    return { kind: 'declined', reason: 'degree', unknowns: [unknown] };
  }
  return { kind: 'equation', unknown, left, right };
}

/** The index just past the expression that extends from the equals sign in `direction`. */
function reach(tokens: readonly Token[], equals: number, direction: 1 | -1, loose: boolean): number {
  const [opens, closes] = direction === 1 ? ['open', 'close'] : ['close', 'open'];
  let depth = 0;
  let at = equals + direction;
  for (; Math.abs(at - equals) < maxTokens; at += direction) {
    const token = tokens[at];
    const before = tokens[at - direction];
    if (!token || !before || token.kind === 'equals' || token.kind === 'other') break;
    const joined = direction === 1 ? joins(before, token, loose) : joins(token, before, loose);
    if (!joined) break;
    if (token.kind === opens) depth++;
    if (token.kind === closes && --depth < 0) break;
  }
  return at;
}

function joins(left: Token, right: Token, loose: boolean): boolean {
  const ends = ['number', 'letter', 'close'].includes(left.kind);
  const starts = ['number', 'letter', 'open', 'function'].includes(right.kind);
  if (!ends || !starts) return true;
  if (!multiplies(left, right)) return false;
  return !right.spaced || (loose && !(left.kind === 'letter' && right.kind === 'letter'));
}

/** Drops leading operators, which are remains of a list bullet or emphasis. A minus stays. */
function withoutStart(tokens: readonly Token[]): readonly Token[] {
  const start = tokens.findIndex(({ kind, text }) => kind !== 'operator' || text === '-');
  return start < 0 ? [] : tokens.slice(start);
}

function withoutEnd(tokens: readonly Token[]): readonly Token[] {
  return tokens.slice(0, tokens.findLastIndex(({ kind }) => kind !== 'operator') + 1);
}
