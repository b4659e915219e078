declare module '*.py' {
  const source: string;
  export default source;
}

declare module 'pyodide/pyodide.asm.mjs' {
  import type { PyodideConfig } from 'pyodide';

  const createPyodideModule: NonNullable<PyodideConfig['createPyodideModule']>;
  export default createPyodideModule;
}

/** The parts that the realm replaces; Node's types lack them. */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>;
  type Bytes = ArrayBuffer | Uint8Array;
  class Module {
    constructor(bytes: Bytes);
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
  }
}
