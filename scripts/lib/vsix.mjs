import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { run } from './process.mjs';
import { stageExtension } from './stage.mjs';

/** Packages the extension, and returns the file's path and vsce's output. */
export async function packageExtension(nodePath) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const vsix = join(root, `${name}-${version}.vsix`);
  const folder = mkdtempSync(join(tmpdir(), 'assistants-studio-package-'));
  try {
    await stageExtension(nodePath, folder);
    const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
    // Dependencies are bundled. The links of the README were made when it was copied.
    const flags = ['--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository'];
    const output = await run(nodePath, [vsce, 'package', ...flags, '--out', vsix], { cwd: folder });
    return { vsix, output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
