import { deepEqual, equal } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { after, before, describe, it } from 'mocha';
import { commonjsChunks } from './commonjs-chunks.cjs';

/** Two files that import the whole of `vscode`, as the extension does, one of them loaded on demand. */
const sources = {
  'main.ts': `import * as vscode from 'vscode';
    import { title } from './title';
    export const activate = async () => [vscode.version, title(), await import('./late')];`,
  'title.ts': `import * as api from 'vscode'; export const title = () => api.env.appName;`,
  'late.ts': `import * as vscode from 'vscode'; export const language = vscode.env.language;`,
};

/** A stand-in for \`vscode\` that counts how often its properties are listed. */
const stub = `let listed = 0;
  const api = { version: '1', env: { appName: 'Code', language: 'en' } };
  module.exports = new Proxy(api, { ownKeys: (target) => (listed++, Reflect.ownKeys(target)) });
  process.on('exit', () => console.log('listed', listed));`;

describe('the chunks of the extension', () => {
  let folder;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'assistants-studio-chunks-'));
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text);
    mkdirSync(join(folder, 'node_modules', 'vscode'), { recursive: true });
    writeFileSync(join(folder, 'node_modules', 'vscode', 'index.js'), stub);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const minify of [false, true]) {
    it(`use vscode as it is, without a copy of it for each file${minify ? ', minified' : ''}`, async () => {
      const outdir = join(folder, `dist-${minify}`);
      await esbuild.build({
        ...commonjsChunks('main'),
        entryPoints: { main: join(folder, 'main.ts') },
        bundle: true,
        platform: 'node',
        external: ['vscode'],
        minify,
        outdir,
      });
      equal(readdirSync(join(outdir, 'main')).length > 0, true);
      const script = `require(${JSON.stringify(join(outdir, 'main.js'))}).activate().then(([version, title, late]) => console.log(version, title, late.language))`;
      const output = execFileSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' });
      deepEqual(output.trim().split('\n'), ['1 Code en', 'listed 0']);
    });
  }
});
