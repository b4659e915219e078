import { join } from 'node:path';
import { ensureDependencies, ensureNode } from './install.mjs';
import { root } from './paths.mjs';
import { capture, say } from './process.mjs';

/** Installs packages and Node 24 where they are missing; gives the path of that Node. */
export async function ensureToolchain() {
  await ensureDependencies();
  return ensureNode();
}

/** Builds with esbuild.js; throws with its words when that fails. */
export async function build(nodePath, args = []) {
  const { code, output } = await capture(nodePath, [join(root, 'esbuild.js'), ...args], { cwd: root });
  if (code !== 0) throw new Error(`The build failed.\n${output}`);
}

/** Runs a script's work; a failure is told in its own words, without a trace. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
