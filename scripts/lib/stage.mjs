import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { thirdPartyNotices } from './notices.mjs';
import { root } from './paths.mjs';
import { publishedMarkdown, repositoryAddress, repositoryFields } from './repository.mjs';
import { build } from './toolchain.mjs';

const shipped = [
  'package.json',
  'package.nls.json',
  'package.nls.zh-cn.json',
  'README.md',
  'README.zh-cn.md',
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
  publish(folder);
  const record = join(folder, 'inputs.json');
  const outdir = join(folder, 'dist');
  await build(nodePath, ['--production', '--only=package', `--outdir=${outdir}`, `--record=${record}`]);
  const inputs = JSON.parse(readFileSync(record, 'utf8'));
  rmSync(record);
  writeFileSync(join(folder, 'ThirdPartyNotices.txt'), thirdPartyNotices(inputs));
}

/** Gives what is packaged the repository's address, or takes out what would lead nowhere without one. */
function publish(folder) {
  const address = repositoryAddress();
  for (const name of ['README.md', 'README.zh-cn.md', 'CHANGELOG.md', 'SECURITY.md']) {
    const file = join(folder, name);
    if (existsSync(file)) writeFileSync(file, publishedMarkdown(readFileSync(file, 'utf8'), address));
  }
  const file = join(folder, 'package.json');
  const manifest = { ...JSON.parse(readFileSync(file, 'utf8')), ...repositoryFields(address) };
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
