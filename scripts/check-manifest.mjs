// Checks package.json against its texts and the source; part of `npm run lint`. Prints what is wrong.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestErrors } from './lib/manifest.mjs';
import { root } from './lib/paths.mjs';

const read = (name) => readFileSync(join(root, name), 'utf8');
const errors = manifestErrors({
  manifest: JSON.parse(read('package.json')),
  english: JSON.parse(read('package.nls.json')),
  chinese: JSON.parse(read('package.nls.zh-cn.json')),
  source: globSync('src/**/*.ts', { cwd: root }).map(read).join('\n'),
});
for (const error of errors) console.log(error);
process.exitCode = errors.length > 0 ? 1 : 0;
