/** Freezes the builtins of a realm. Runs in the outer realm and in Python's. */

/** Freezes ECMAScript's builtins, everything reachable from them, and the global object. */
export function freezeBuiltins(): void {
  freezeAll([globalThis, ...objectsWithoutName()]);
}

/**
 * Keeps assignments such as `error.name = …` working once the prototypes are frozen: an inherited
 * property that is not writable would make them throw. Call it before `freezeBuiltins`.
 */
export function allowOverrides(): void {
  const errors = Reflect.ownKeys(globalThis)
    .map((name) => Reflect.getOwnPropertyDescriptor(globalThis, name)?.value as unknown)
    .filter((value) => value === Error || Object.getPrototypeOf(Object(value)) === Error)
    .map((kind) => (kind as ErrorConstructor).prototype);
  for (const prototype of [Object.prototype, Function.prototype, Array.prototype, ...errors]) {
    for (const name of Object.getOwnPropertyNames(prototype)) allowOverride(prototype, name);
  }
}

function allowOverride(prototype: object, name: string): void {
  const before = Reflect.getOwnPropertyDescriptor(prototype, name)!;
  if (!before.writable || !before.configurable) return;
  const value = before.value as unknown;
  Reflect.defineProperty(prototype, name, {
    get: () => value,
    set(this: unknown, own: unknown) {
      const property = { value: own, writable: true, enumerable: true, configurable: true };
      if (this === prototype || !isObject(this) || !Reflect.defineProperty(this, name, property)) {
        throw new TypeError(`“${name}” cannot be changed.`);
      }
    },
    enumerable: before.enumerable!,
    configurable: true,
  });
}

/** Objects whose prototypes cannot be reached from the globals. */
function objectsWithoutName(): object[] {
  const iterators = [[], '', new Map(), new Set()].map((each) => each[Symbol.iterator]() as object);
  const functions = [generator, async () => {}, asyncGenerator];
  return [...iterators, 'a'.matchAll(/a/g), ...functions];
}

function* generator() {
  yield 1;
}

async function* asyncGenerator() {
  yield await Promise.resolve(1);
}

/** Freezes all objects reachable through prototypes, property values, getters and setters. */
function freezeAll(roots: readonly object[]): void {
  const seen = new Set<object>();
  const queue = [...roots];
  for (let object = queue.pop(); object; object = queue.pop()) {
    if (seen.has(object)) continue;
    seen.add(object);
    if (!ArrayBuffer.isView(object)) Object.freeze(object);
    for (const name of Reflect.ownKeys(object)) {
      const parts = Object.values(Reflect.getOwnPropertyDescriptor(object, name) ?? {}) as unknown[];
      queue.push(...parts.filter(isObject));
    }
    const prototype = Object.getPrototypeOf(object) as unknown;
    if (isObject(prototype)) queue.push(prototype);
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
