/** An equation of the form `a·x + b = c`. */
export interface LinearEquation {
  a: number;
  b: number;
  c: number;
}

/** Solves the equation; none or every number may be its solution. */
export function solve({ a, b, c }: LinearEquation): number | 'none' | 'every number' {
  if (a !== 0) return (c - b) / a;
  return b === c ? 'every number' : 'none';
}

console.log(solve({ a: 3, b: 11, c: 14 }));
