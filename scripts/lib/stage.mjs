import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { build } from './toolchain.mjs';

const shipped = [
  'package.json',
  'package.nls.json',
  'package.nls.zh-cn.json',
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'LICENSE',
  '.vscodeignore',
  'l10n',
  'media',
];

/** Puts the extension, minified, into an empty folder; dist/ stays as it is. .vscodeignore says what ships of it. */
export async function stageExtension(nodePath, folder) {
  for (const name of shipped) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  await build(nodePath, ['--production', `--outdir=${join(folder, 'dist')}`]);
}
