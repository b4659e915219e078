/** Run-time checks of what crosses the border between panel and host; the types follow from them. */
import { isObject } from './json';

export type Guard<T> = (value: unknown) => value is T;

/** The type of the values that a guard accepts. */
export type Guarded<G> = G extends Guard<infer T> ? T : never;

/** The fields of an object, each with its guard. */
export type Shape = Readonly<Record<string, Guard<unknown>>>;

type OptionalKeys<S extends Shape> = { [K in keyof S]: undefined extends Guarded<S[K]> ? K : never }[keyof S];

/** The type of the objects of a shape: fields whose guard accepts undefined may be missing. */
export type Shaped<S extends Shape> = { [K in Exclude<keyof S, OptionalKeys<S>>]: Guarded<S[K]> } & {
  [K in OptionalKeys<S>]?: Guarded<S[K]>;
};

export const isAnything = (_value: unknown): _value is unknown => true;

/** The result of a question that returns nothing. */
export const isNothing = (value: unknown): value is void => value === undefined;

export const isString = (value: unknown): value is string => typeof value === 'string';

export const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';

export const isNumber = (value: unknown): value is number => Number.isFinite(value);

/** A whole number from 0 on. */
export const isIndex = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

export function isStringUpTo(maxLength: number): Guard<string> {
  return (value): value is string => isString(value) && value.length <= maxLength;
}

export function isOneOf<T extends string>(names: readonly T[]): Guard<T> {
  return (value): value is T => names.some((name) => name === value);
}

export function isOptional<T>(isValue: Guard<T>): Guard<T | undefined> {
  return (value): value is T | undefined => value === undefined || isValue(value);
}

export function isEither<A, B>(isA: Guard<A>, isB: Guard<B>): Guard<A | B> {
  return (value): value is A | B => isA(value) || isB(value);
}

export function isListOf<T>(isItem: Guard<T>): Guard<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(isItem);
}

/** Accepts an object whose fields pass their guards; it may have others. */
export function isObjectOf<S extends Shape>(shape: S): Guard<Shaped<S>> {
  const fields = Object.entries(shape);
  return (value): value is Shaped<S> => isObject(value) && fields.every(([name, is]) => is(value[name]));
}
