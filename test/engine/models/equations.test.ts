import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import Fraction from 'fraction.js';
import { findEquation, type Equation } from '../../../src/engine/models/demo/findEquation';
import { evaluate, solve } from '../../../src/engine/models/demo/solve';

/** `x = 7/2`, `x = none`, `x = every`, `declined: degree` or `nothing`. */
function result(text: string): string {
  const found = findEquation(text);
  if (!found) return 'nothing';
  if (found.kind === 'declined') return `declined: ${found.reason}`;
  const { outcome, unknown } = solve(found);
  return `${unknown} = ${outcome.kind === 'value' ? outcome.value.toFraction() : outcome.kind}`;
}

const table: readonly [text: string, result: string][] = [
  ['I need to solve the equation `3x + 11 = 14`. Can you help me?', 'x = 1'],
  ['solve 2(y-3)=4y+1 please', 'y = -7/2'],
  ['请解方程 3x－7＝2（x＋1），谢谢', 'x = 9'],
  ['What is 5 = 2 - t?', 't = -3'],
  ['x/3 - x/4 = 1/2', 'x = 6'],
  ['0.5x + 1.2 = 3', 'x = 18/5'],
  ['.5x = 1', 'x = 2'],
  ['3·x = 6', 'x = 2'],
  ['3*x = 6', 'x = 2'],
  ['3 x + 11 = 14', 'x = 1'],
  ['3x − 4 = 2', 'x = 2'],
  ['−2x = 4', 'x = -2'],
  ['½x = 3½', 'x = 7'],
  ['3/4x = 6', 'x = 8'],
  ['\\frac{2}{3}x - 1 = -5', 'x = -6'],
  ['$2\\left(x+1\\right) \\cdot 3 = 12$', 'x = 1'],
  ['[2(x + 1) - 3] / 5 = 1', 'x = 3'],
  ['{x} + 1 = 2', 'x = 1'],
  ['2³x = 16', 'x = 2'],
  ['2**3*x = 16', 'x = 2'],
  ['**3x + 11 = 14**', 'x = 1'],
  ['- 3x + 1 = 7', 'x = 2'],
  ['(3x + 1 = 7)', 'x = 2'],
  ['1) 3x = 6', 'x = 2'],
  ['α + 1 = 3', 'α = 2'],
  ['3x = 14 I think', 'x = 14/3'],
  ['Is a number x with x + 1 = 3 a prime?', 'x = 2'],
  ['1,000x = 5,000', 'x = 5'],
  ['3,5x = 7', 'x = 2'],
  ['(x+1)^2 = x^2 + 5', 'x = 2'],
  ['2(x+1) = 2x+2', 'x = every'],
  ['x = x + 1', 'x = none'],
  ['0x = 0', 'x = every'],
  ['0 * x = 1', 'x = none'],
  ['x = 4', 'x = 4'],
  ['First y^2 = 4, then 2y = 6.', 'y = 3'],
  ['x^2 = 4', 'declined: degree'],
  ['x(x + 1) = 2', 'declined: degree'],
  ['x + y = 3', 'declined: unknowns'],
  ['3xy = 6', 'declined: unknowns'],
  ['E=mc^2', 'declined: unknowns'],
  ['1/x = 2', 'declined: unknownBelow'],
  ['2^x = 8', 'declined: power'],
  ['sqrt(x) = 3', 'declined: function'],
  ['x/(1-1) = 3', 'declined: zeroBelow'],
  ['x = 2 = 3', 'declined: chain'],
  ['((((9^6)^6)^6)^6)^6 x = 1', 'declined: tooLarge'],
  ['2 + 2 = 4', 'nothing'],
  ['2 + 2 =', 'nothing'],
  ['x == 3', 'nothing'],
  ['x >= 3', 'nothing'],
  ['3x + = 4', 'nothing'],
  ['(3x = 4', 'x = 4/3'],
  ['```js\nconst a = 1;\n```', 'nothing'],
  ['Thank you!', 'nothing'],
  ['', 'nothing'],
];

describe('equations in a text', () => {
  for (const [text, expected] of table) {
    it(`finds in ${JSON.stringify(text)}: ${expected}`, () => equal(result(text), expected));
  }

  const number = fc.integer({ min: -99, max: 99 });
  const constant = fc.oneof(
    number.map((value) => (value < 0 ? `(${value})` : `${value}`)),
    fc.tuple(number, fc.integer({ min: 1, max: 9 })).map(([top, bottom]) => `(${top}/${bottom})`),
    fc.tuple(fc.nat(99), fc.nat(99)).map(([whole, part]) => `${whole}.${part}`),
  );
  const side = fc.letrec<{ side: string }>((tie) => ({
    side: fc.oneof(
      { depthSize: 'small' },
      constant,
      fc.constant('x'),
      constant.map((factor) => `${factor}x`),
      fc
        .tuple(tie('side'), fc.constantFrom(' + ', ' - ', '+', '−'), tie('side'))
        .map((parts) => parts.join('')),
      fc
        .tuple(constant, fc.constantFrom('', '·', ' * '), tie('side'))
        .map(([a, times, b]) => `${a}${times}(${b})`),
      fc.tuple(tie('side'), fc.integer({ min: 1, max: 9 })).map(([a, b]) => `(${a})/${b}`),
    ),
  })).side;

  it('solves every linear equation so that the value fits what was written', () => {
    fc.assert(
      fc.property(side, side, (left, right) => {
        const found = findEquation(`Please solve ${left} = ${right}.`);
        if (!`${left}${right}`.includes('x')) return found === undefined;
        if (found?.kind === 'declined') return found.reason === 'tooLarge';
        ok(found);
        return fits(found, left, right);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, and is never slow, on any text', () => {
    const piece = fc.constantFrom(
      '=',
      'x',
      'y',
      '3',
      '(',
      ')',
      '^',
      '/',
      '-',
      ' ',
      '{',
      '\\frac',
      '½',
      '²',
      '。',
      '**',
      'sin(',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 300 }), (pieces) => {
        result(pieces.join(''));
      }),
      { numRuns: 300 },
    );
  });
});

/** Checked with JavaScript's own arithmetic, not with the parser under test. */
function fits(equation: Equation, left: string, right: string): boolean {
  const { outcome } = solve(equation);
  const difference = (x: number) => compute(left, x) - compute(right, x);
  const size = 1 + Math.abs(compute(left, 1)) + Math.abs(compute(right, 1)) + Math.abs(compute(left, 0));
  const near = (value: number, scale = 1) => Math.abs(value) <= 1e-6 * size * scale;
  const sidesAt = (at: Fraction | number) =>
    [equation.left, equation.right].map(({ value }) => evaluate(value, new Fraction(at)));
  if (outcome.kind === 'every') return near(difference(0)) && near(difference(1));
  if (outcome.kind === 'none')
    return (
      !sidesAt(0).every((value, _, [first]) => first?.equals(value)) && near(difference(0) - difference(1))
    );
  const x = outcome.value.valueOf();
  return (
    near(difference(x), 1 + Math.abs(x)) &&
    sidesAt(outcome.value).every((value) => value.equals(outcome.sides))
  );
}

function compute(written: string, x: number): number {
  const code = written
    .replaceAll('−', '-')
    .replaceAll('·', '*')
    .replace(/(?<=[\d)x])\s*(?=[x(])/g, '*');
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- made of digits, brackets, operators and x above
  return new Function('x', `return ${code.replace(/--/g, '- -')}`)(x) as number;
}
