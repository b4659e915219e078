import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { thirdPartyNotices } from './notices.mjs';
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

/** Builds the extension, minified, into an empty folder, without touching dist/. .vscodeignore selects what ships. */
export async function stageExtension(nodePath, folder) {
  for (const name of shipped) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  const record = join(folder, 'inputs.json');
  const outdir = join(folder, 'dist');
  await build(nodePath, ['--production', '--only=package', `--outdir=${outdir}`, `--record=${record}`]);
  const inputs = JSON.parse(readFileSync(record, 'utf8'));
  rmSync(record);
  writeFileSync(join(folder, 'ThirdPartyNotices.txt'), thirdPartyNotices(inputs));
}
