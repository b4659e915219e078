import type Fraction from 'fraction.js';
import type { Expression, Polynomial } from './expression';

/** How numbers are shown: as decimals if they terminate, or as fractions. */
export type NumberStyle = 'decimal' | 'fraction';

/** The LaTeX of an expression, in the form it was written in. */
export function expressionLatex(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return expression.text;
    case 'unknown':
      return expression.name;
    case 'function':
      return `\\operatorname{${expression.name}}${expressionLatex(expression.argument)}`;
    case 'group':
      if (expression.inner.kind === 'quotient') return expressionLatex(expression.inner);
      return bracketed(expressionLatex(expression.inner));
    case 'negative':
      return `-${expressionLatex(expression.of)}`;
    case 'sum':
      return expression.terms
        .map(({ negative, term }, index) => (index === 0 ? '' : negative ? ' - ' : ' + ') + factorLatex(term))
        .join('');
    case 'product': {
      const [left, right] = [expressionLatex(expression.left), factorLatex(expression.right)];
      const dot = expression.dot || /^\d/.test(right) || right.startsWith('\\frac');
      return dot ? `${left} \\cdot ${right}` : left + right;
    }
    case 'quotient':
      return `\\frac{${expressionLatex(ungrouped(expression.top))}}{${expressionLatex(ungrouped(expression.bottom))}}`;
    case 'power':
      return `${baseLatex(expression.base)}^{${expressionLatex(ungrouped(expression.exponent))}}`;
  }
}

/** The LaTeX of a polynomial: `-2x^{2} + \frac{1}{2}x - 3`. */
export function polynomialLatex(polynomial: Polynomial, unknown: string, style: NumberStyle): string {
  const terms = polynomial
    .map((value, degree) => ({ value, degree }))
    .filter(({ value }) => !value.equals(0))
    .reverse();
  if (terms.length === 0) return '0';
  return terms
    .map(({ value, degree }, index) => {
      const sign = value.lt(0) ? (index === 0 ? '-' : ' - ') : index === 0 ? '' : ' + ';
      return sign + termLatex(value.abs(), degree, unknown, style);
    })
    .join('');
}

/** The LaTeX of one term, without a coefficient of 1. */
export function termLatex(value: Fraction, degree: number, unknown: string, style: NumberStyle): string {
  if (degree === 0) return numberLatex(value, style);
  const power = degree === 1 ? unknown : `${unknown}^{${degree}}`;
  if (value.equals(1)) return power;
  return value.equals(-1) ? `-${power}` : numberLatex(value, style) + power;
}

export function numberLatex(value: Fraction, style: NumberStyle): string {
  if (value.d === 1n) return value.toFraction();
  if (style === 'decimal' && endsAsDecimal(value)) return value.toString();
  const sign = value.lt(0) ? '-' : '';
  return `${sign}\\frac{${value.n}}{${value.d}}`;
}

/** Whether a number has a finite decimal form of at most 12 places. */
export function endsAsDecimal(value: Fraction): boolean {
  return 10n ** 12n % value.d === 0n;
}

function factorLatex(expression: Expression): string {
  const latex = expressionLatex(expression);
  return expression.kind === 'negative' ? bracketed(latex) : latex;
}

function baseLatex(base: Expression): string {
  return base.kind === 'group' ? bracketed(expressionLatex(base.inner)) : expressionLatex(base);
}

function ungrouped(expression: Expression): Expression {
  return expression.kind === 'group' ? ungrouped(expression.inner) : expression;
}

function bracketed(latex: string): string {
  return latex.includes('\\frac') ? `\\left(${latex}\\right)` : `(${latex})`;
}
