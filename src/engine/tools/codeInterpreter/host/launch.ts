import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { parse } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { bootstrap } from '../child/bootstrap';

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export interface LaunchOptions {
  /** Maximum memory of the WebAssembly module: Python and its objects. */
  memoryMb: number;
  /** Whether to use Node's permission model. Not every host supports it; the sandbox does not depend on it. */
  permissions: boolean;
}

const pagesPerMegabyte = 16;
const javascriptMegabytes = 512;

/** Starts the child with only its channel: no environment variables, no open files, no file permissions. */
export function launch({ memoryMb, permissions }: LaunchOptions): Child {
  const flags = [
    // Without it, `Function`, reached through any object's constructor, would run code in the realm.
    '--disallow-code-generation-from-strings',
    `--max-old-space-size=${javascriptMegabytes}`,
    `--wasm-max-mem-pages=${memoryMb * pagesPerMegabyte}`,
    '--no-warnings',
    ...(permissions ? ['--permission'] : []),
  ];
  return spawn(process.execPath, [...flags, '-e', bootstrap], {
    cwd: parse(process.execPath).root,
    env: environment(),
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
}

function environment(): NodeJS.ProcessEnv {
  // VS Code's executable acts as Node only with the first; Windows needs the second to start most programs.
  const systemRoot = process.env['SystemRoot'];
  return { ELECTRON_RUN_AS_NODE: '1', ...(systemRoot && { SystemRoot: systemRoot }) };
}
