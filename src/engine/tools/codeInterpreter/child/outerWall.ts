/** Strips the outer realm, as a second line of defence should Python ever get hold of one of its objects. */
import * as vm from 'node:vm';
import { freezeBuiltins } from './freeze';

/** Deletes every global that is not part of ECMAScript, and freezes the builtins. */
export function hideNode(): void {
  const language = new Set(Reflect.ownKeys(vm.runInNewContext('globalThis') as object));
  for (const name of Reflect.ownKeys(globalThis)) {
    if (!language.has(name)) Reflect.deleteProperty(globalThis, name);
  }
  freezeBuiltins();
}

/** Describes a way out of the child that is open; undefined if none is found. `program` is the realm's. */
export function findEscape(context: vm.Context, program: string): string | undefined {
  // Node rejects it with an error of this realm. Code cannot be created later, so the text decides.
  if (/(?<![\w$.])import\(/.test(program)) return 'the realm can import modules';
  const inner = vm.runInContext('globalThis', context) as typeof globalThis;
  for (const realm of [globalThis, inner]) {
    const name = nodeGlobals.find((known) => known in realm);
    if (name !== undefined) return `“${name}” is accessible`;
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
