/** Strips the outer realm, as a second line of defence should Python ever get hold of one of its objects. */
import * as vm from 'node:vm';

/** Deletes every global that is not part of ECMAScript, and freezes the builtins. */
export function hideNode(): void {
  const language = new Set(Reflect.ownKeys(vm.runInNewContext('globalThis') as object));
  for (const name of Reflect.ownKeys(globalThis)) {
    if (!language.has(name)) Reflect.deleteProperty(globalThis, name);
  }
  freezeAll([globalThis, ...objectsWithoutName()]);
}

/** Describes a way out of the child that is open; undefined if none is found. */
export function findEscape(context: vm.Context): string | undefined {
  const inner = vm.runInContext('globalThis', context) as typeof globalThis;
  for (const realm of [globalThis, inner]) {
    const name = nodeGlobals.find((known) => known in realm);
    if (name !== undefined) return `«${name}» is accessible`;
    if (compilesStrings(realm.Function)) return 'code can be created from strings';
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
