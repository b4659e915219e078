import { lazy } from '../../lazy';

const unsafe = lazy(() => /(?![\t\n\r\x7f-\x9f])\p{Cc}|\p{Surrogate}/gu);

/** A text without control characters and lone surrogates, which servers written in Rust, Go or C++ reject. */
export function safeText(text: string): string {
  return text.replace(/[\f\v]/g, '\n').replace(unsafe(), '\uFFFD');
}

/** A parsed JSON value with safe texts, names of properties included. */
export function safeValue(value: unknown): unknown {
  if (typeof value === 'string') return safeText(value);
  if (Array.isArray(value)) return value.map(safeValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [safeText(name), safeValue(inner)]));
}
