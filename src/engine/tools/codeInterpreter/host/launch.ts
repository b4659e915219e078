import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { parse } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { bootstrap } from '../child/bootstrap';

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export interface LaunchOptions {
  /** The most memory that one WebAssembly program may have: Python and its objects. */
  memoryMb: number;
  /** With Node's permission model. Not every host knows it: the wall stands without it. */
  permissions: boolean;
}

const pagesPerMegabyte = 16;
const javascriptMegabytes = 512;

/** Starts the child with nothing but its channel: no environment, no files, no right to read any. */
export function launch({ memoryMb, permissions }: LaunchOptions): Child {
  const flags = [
    // Text never becomes code: this closes the way through constructors.
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
  // VS Code's own executable is a Node only when told so; Windows starts few programs without the other.
  const systemRoot = process.env['SystemRoot'];
  return { ELECTRON_RUN_AS_NODE: '1', ...(systemRoot && { SystemRoot: systemRoot }) };
}
