import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The repository's folder; this file runs from a bundle below `out/`. */
export const root = findRoot();

function findRoot(): string {
  const marker = `${path.sep}out${path.sep}`;
  const end = __dirname.lastIndexOf(marker);
  if (end < 0) throw new Error(`${__dirname} is not below out/; build with «node esbuild.js --tests».`);
  return __dirname.slice(0, end);
}

/** A folder of its own under the system's temporary one. */
export function temporaryFolder(purpose: string): string {
  return mkdtempSync(path.join(tmpdir(), `assistants-studio-${purpose}-`));
}

/** A copy of the example workspace, which may be changed. */
export function copyExample(target: string): string {
  cpSync(path.join(root, 'examples', 'math'), target, { recursive: true });
  return target;
}

/** The browser and the VS Code server's folder, which `npm test` installs and names in the environment. */
export function fromToolchain(name: 'CHROMIUM_PATH' | 'VSCODE_SERVER_PATH'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this by «npm test -- SUITE».`);
  return value;
}
