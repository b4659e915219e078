import { join } from 'node:path';
import { ensureDependencies, ensureNode } from './install.mjs';
import { root } from './paths.mjs';
import { capture, say } from './process.mjs';

/** Installs packages and Node 24 if they are missing, and returns the path of that Node. */
export async function ensureToolchain() {
  await ensureDependencies();
  return ensureNode();
}

/** Builds with esbuild.js; throws an error with its output if that fails. */
export async function build(nodePath, args = []) {
  const { code, output } = await capture(nodePath, [join(root, 'esbuild.js'), ...args], { cwd: root });
  if (code !== 0) throw new Error(`The build failed.\n${output}`);
}

/** Runs a script and sets the exit code. An error is printed as its message, without a stack. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
