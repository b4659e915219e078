/** The outer realm, made as poor as can be, in case a handle on it is ever found. */
import * as vm from 'node:vm';

/** Leaves the outer realm nothing of Node by name, and no builtin that could be changed. */
export function hideNode(): void {
  const language = new Set(Reflect.ownKeys(vm.runInNewContext('globalThis') as object));
  for (const name of Reflect.ownKeys(globalThis)) {
    if (!language.has(name)) Reflect.deleteProperty(globalThis, name);
  }
  freezeAll([globalThis, ...objectsWithoutName()]);
}

/** What is open of the ways out of the child, in words, or undefined. */
export function findEscape(context: vm.Context): string | undefined {
  const inner = vm.runInContext('globalThis', context) as typeof globalThis;
  for (const realm of [globalThis, inner]) {
    const name = nodeGlobals.find((known) => known in realm);
    if (name !== undefined) return `«${name}» is within reach`;
    if (compilesStrings(realm.Function)) return 'text can become code';
  }
  return undefined;
}

const nodeGlobals = [
  'process',
  'require',
  'module',
  'global',
  'Buffer',
  'WebSocket',
  'XMLHttpRequest',
  'navigator',
];

function compilesStrings(make: FunctionConstructor): boolean {
  try {
    make('return 1');
    return true;
  } catch {
    return false;
  }
}

/** Objects whose prototypes no global leads to. */
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

/** Freezes everything that can be reached through properties that are values, and prototypes. */
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
