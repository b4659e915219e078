import Fraction from 'fraction.js';
import { add, coefficient, hasDecimals, scale, type Expression, type Polynomial } from './expression';
import type { Equation } from './findEquation';
import { expressionLatex, polynomialLatex, termLatex, type NumberStyle } from './latex';

/** An operation on both sides; `by` and `term` are LaTeX. */
export type Action =
  | { do: 'simplify' | 'swap' }
  | { do: 'clear' | 'divide'; by: string }
  | { do: 'add' | 'subtract'; term: string; hasUnknown: boolean };

export interface Step {
  action: Action;
  /** The resulting equation, in LaTeX. */
  equation: string;
}

export interface Solution {
  unknown: string;
  /** The equation as it was written, in LaTeX. */
  equation: string;
  steps: Step[];
  style: NumberStyle;
  outcome: { kind: 'value'; value: Fraction; sides: Fraction } | { kind: 'none' } | { kind: 'every' };
}

/** Solves a linear equation exactly, in the steps one would take on paper. */
export function solve(equation: Equation): Solution {
  const { unknown } = equation;
  const written = [equation.left.written, equation.right.written];
  const style: NumberStyle = written.some(hasDecimals) ? 'decimal' : 'fraction';
  const steps: Step[] = [];
  let left = equation.left.value;
  let right = equation.right.value;

  function record(action: Action): void {
    const sides = [left, right].map((side) => polynomialLatex(side, unknown, style));
    steps.push({ action, equation: sides.join(' = ') });
  }
  function multiply(factor: Fraction, action: Action): void {
    left = scale(left, factor);
    right = scale(right, factor);
    record(action);
  }
  function subtract(degree: number, value: Fraction): void {
    const term: Polynomial = Array.from({ length: degree + 1 }, (_, k) =>
      k === degree ? value.neg() : new Fraction(0),
    );
    left = add(left, term);
    right = add(right, term);
    record({
      do: value.lt(0) ? 'add' : 'subtract',
      term: termLatex(value.abs(), degree, unknown, style),
      hasUnknown: degree > 0,
    });
  }

  if (!written.every(isSimple)) record({ do: 'simplify' });
  const denominator = [...left, ...right].reduce(
    (lcm, value) => lcm.lcm(new Fraction(value.d)),
    new Fraction(1),
  );
  // Fractions are not cleared if the equation is solved already, as x = 1/2 is.
  const solved =
    left.length === 2 && coefficient(left, 0).equals(0) && right.length < 2 && left[1]?.equals(1);
  if (!solved && !denominator.equals(1)) multiply(denominator, { do: 'clear', by: denominator.toFraction() });
  for (let degree = left.length - 1; degree > 1; degree--) {
    if (!coefficient(left, degree).equals(0)) subtract(degree, coefficient(left, degree));
  }
  if (left.length < 2 && right.length === 2) {
    [left, right] = [right, left];
    record({ do: 'swap' });
  }
  if (right.length === 2) subtract(1, coefficient(right, 1));
  const factor = coefficient(left, 1);
  if (factor.equals(0)) {
    const same = coefficient(left, 0).equals(coefficient(right, 0));
    return {
      unknown,
      equation: equationLatex(written),
      steps,
      style,
      outcome: { kind: same ? 'every' : 'none' },
    };
  }
  if (!coefficient(left, 0).equals(0)) subtract(0, coefficient(left, 0));
  if (!factor.equals(1)) multiply(factor.inverse(), { do: 'divide', by: factor.toFraction() });

  const value = coefficient(right, 0);
  const outcome = { kind: 'value', value, sides: evaluate(equation.left.value, value) } as const;
  return { unknown, equation: equationLatex(written), steps, style, outcome };
}

export function evaluate(polynomial: Polynomial, at: Fraction): Fraction {
  return polynomial.reduceRight((total, value) => total.mul(at).add(value), new Fraction(0));
}

function equationLatex(sides: Expression[]): string {
  return sides.map(expressionLatex).join(' = ');
}

/** Whether a side has at most one term with the unknown and one number, so that there are no like terms to collect. */
function isSimple(side: Expression): boolean {
  const terms = side.kind === 'sum' ? side.terms.map(({ term }) => term) : [side];
  const kinds = terms.map(termKind);
  return kinds.every((kind, index) => kind !== 'complex' && kinds.indexOf(kind) === index);
}

function termKind(term: Expression): 'number' | 'unknown' | 'complex' {
  if (term.kind === 'negative') return termKind(term.of);
  if (term.kind === 'group' && term.inner.kind === 'quotient') return termKind(term.inner);
  if (term.kind === 'number' || term.kind === 'unknown') return term.kind;
  if (term.kind === 'quotient' && term.bottom.kind === 'number') {
    return term.top.kind === 'quotient' ? 'complex' : termKind(term.top);
  }
  if (term.kind !== 'product' || term.right.kind !== 'unknown') return 'complex';
  return termKind(term.left) === 'number' ? 'unknown' : 'complex';
}
