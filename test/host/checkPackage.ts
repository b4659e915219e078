/** Installs a VSIX in a real VS Code and looks at what a user would: `node out/test/host/checkPackage.js FILE`. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DocumentReader } from '../../src/engine/tools/fileSearch/documentReader';
import { decodeDocument } from '../../src/engine/tools/fileSearch/encodedDocument';
import { writeDelay } from '../../src/start/codeCache';
import { chinesePdf, textPdf } from '../engine/fileSearch/pdfFile';
import { temporaryFolder } from './paths';
import { extensionsDir, installVsix, storageDir } from './server';
import { openWorkbench } from './workbench';

/** Milliseconds by which the extension has written what V8 compiled of it. */
const codeWrittenMs = writeDelay + 3_000;

/** The files allowed in the package; VS Code adds `.vsixmanifest`. */
const allowed = [
  /^(package\.json|package\.nls(\.zh-cn)?\.json|\.vsixmanifest)$/,
  /^(README|readme|CHANGELOG|changelog|SECURITY|README\.zh-cn)\.md$|^LICENSE(\.txt|\.md)?$|^ThirdPartyNotices\.txt$/,
  /^dist\/((extension|mcp|databaseWorker|searchWorker|languages)\.js|(webview|form)\.(js|css))$/,
  /^dist\/extension\/[\w-]+\.js$/,
  /^dist\/python\/(child\.js|realm\.js|pyodide\.asm\.wasm|python_stdlib\.zip|pyodide-lock\.json)$/,
  /^dist\/reader\/(reader\.mjs|cmaps\/[\w-]+\.bcmap)$/,
  /^dist\/fonts\/[\w-]+\.woff2$/,
  /^l10n\/bundle\.l10n(\.[\w-]+)?\.json$/,
  /^media\/(walkthrough\/[\w-]+\.png|icon\.png|[\w-]+\.(svg|schema\.json))$/,
];
/** Required files that the code and the README refer to; those of package.json are read from it. */
const needed = [
  'package.json',
  'package.nls.json',
  'package.nls.zh-cn.json',
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'LICENSE',
  'ThirdPartyNotices.txt',
  'dist/webview.js',
  'dist/webview.css',
  'dist/form.js',
  'dist/form.css',
  'dist/languages.js',
  'dist/python/child.js',
  'dist/python/realm.js',
  'dist/python/pyodide.asm.wasm',
  'dist/python/python_stdlib.zip',
  'dist/python/pyodide-lock.json',
  'dist/reader/reader.mjs',
  'dist/databaseWorker.js',
  'dist/searchWorker.js',
  'dist/mcp.js',
  'l10n/bundle.l10n.zh-cn.json',
];

async function main(): Promise<void> {
  const [vsix] = process.argv.slice(2);
  if (!vsix) throw new Error('Expected the path of a VSIX.');
  const dataDir = temporaryFolder('package');
  try {
    await installVsix(dataDir, vsix);
    const folder = installedFolder(dataDir);
    checkFiles(folder);
    console.log('  ✔ holds what belongs into it, and nothing else');
    await checkReader(folder, dataDir);
    console.log('  ✔ reads PDF files with what it holds');
    await checkActivation(dataDir, () => codeWritten(dataDir));
    console.log('  ✔ activates where it is installed');
    const written = readFileSync(compiledCode(dataDir));
    await checkActivation(dataDir, () => sleep(codeWrittenMs));
    const isSame = readFileSync(compiledCode(dataDir)).equals(written);
    assert.ok(isSame, '✘ The second window did not accept the code that the first one has compiled.');
    console.log('  ✔ activates with the code that an earlier window compiled');
  } finally {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
  }
}

function installedFolder(dataDir: string): string {
  const [name] = globSync('assistants-studio.assistants-studio-*', { cwd: extensionsDir(dataDir) });
  if (!name) throw new Error('✘ The extension was not installed under its id.');
  return path.join(extensionsDir(dataDir), name);
}

function checkFiles(folder: string): void {
  const files = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .map((name) => name.replaceAll(path.sep, '/'));
  const strange = files.filter((name) => !allowed.some((pattern) => pattern.test(name)));
  if (strange.length > 0) throw new Error(`✘ Unexpected files in the package: ${strange.join(', ')}`);
  // vsce packages the README and others in lower case, and the licence with an extension.
  const lower = files.map((name) => name.toLowerCase());
  const missing = [...needed, ...namedByManifest(folder)].filter(
    (name) => !lower.some((file) => file.startsWith(name.toLowerCase())),
  );
  if (missing.length > 0) throw new Error(`✘ Files missing from the package: ${missing.join(', ')}`);
}

/** The files that package.json refers to. */
function namedByManifest(folder: string): string[] {
  const manifest = readFileSync(path.join(folder, 'package.json'), 'utf8');
  return [...manifest.matchAll(/"(?:\.\/)?((?:dist|media)\/[^"]+)"/g)].map(([, name]) => name!);
}

/** Reading the Chinese page needs the packaged character maps. */
async function checkReader(folder: string, dataDir: string): Promise<void> {
  const reader = new DocumentReader({ script: path.join(folder, 'dist', 'reader', 'reader.mjs') });
  const file = path.join(dataDir, 'check.pdf');
  try {
    for (const [words, pdf] of [
      ['Whales are mammals.', textPdf(['Whales are mammals.'])],
      ['数据库连接失败', chinesePdf('数据库连接失败')],
    ] as const) {
      writeFileSync(file, pdf);
      const document = await reader.read(file, 'check.pdf', new AbortController().signal);
      const { text } = decodeDocument(document);
      assert.equal(text.trim(), words, '✘ The installed reader reads a PDF file wrongly.');
    }
  } finally {
    reader.close();
  }
}

function compiledCode(dataDir: string): string {
  return path.join(storageDir(dataDir), 'compiled-code', 'main.js.cache');
}

async function codeWritten(dataDir: string): Promise<void> {
  for (const end = Date.now() + 60_000; !existsSync(compiledCode(dataDir)); await sleep(100)) {
    if (Date.now() > end) throw new Error('No compiled code was written.');
  }
}

/**
 * The chat is registered by `activate`: its text proves that the extension was activated. `work` is awaited while the window
 * is open.
 */
async function checkActivation(dataDir: string, work: () => Promise<void>): Promise<void> {
  const workbench = await openWorkbench({ dataDir, extension: false });
  try {
    await workbench.page.locator('.activitybar [aria-label^="Assistants Studio"]').first().click();
    await workbench.chat.getByRole('heading').first().waitFor({ timeout: 60_000 });
    await workbench.runCommand('Assistants: New Thread');
    await work();
  } catch (error) {
    const picture = await workbench.screenshot('package-failed');
    throw new Error(`✘ The installed extension does not activate: ${String(error)}\n${picture}`, {
      cause: error,
    });
  } finally {
    await workbench.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
