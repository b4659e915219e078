import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The repository's root; this file runs from a bundle below `out/`. */
export const root = findRoot();

function findRoot(): string {
  const marker = `${path.sep}out${path.sep}`;
  const end = __dirname.lastIndexOf(marker);
  if (end < 0) throw new Error(`${__dirname} is not below out/; build with “node esbuild.js --tests”.`);
  return __dirname.slice(0, end);
}

/** Creates a temporary folder. */
export function temporaryFolder(purpose: string): string {
  return mkdtempSync(path.join(tmpdir(), `assistants-studio-${purpose}-`));
}

/** Copies the example workspace, so that tests may modify it. */
export function copyExample(target: string): string {
  cpSync(path.join(root, 'examples', 'math'), target, { recursive: true });
  return target;
}

/** The path of the browser or of the VS Code server, both installed by `npm test`. */
export function fromToolchain(name: 'CHROMIUM_PATH' | 'VSCODE_SERVER_PATH'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this by “npm test -- SUITE”.`);
  return value;
}
