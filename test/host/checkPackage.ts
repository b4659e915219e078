/** Installs a VSIX in a real VS Code and looks at what a user would: `node out/test/host/checkPackage.js FILE`. */
import { globSync, rmSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './paths';
import { extensionsDir, installVsix } from './server';
import { openWorkbench } from './workbench';

/** What may be in the package; `.vsixmanifest` is VS Code's own. */
const allowed = [
  /^(package\.json|package\.nls(\.zh-cn)?\.json|\.vsixmanifest)$/,
  /^(README|readme|CHANGELOG|changelog)\.md$|^LICENSE(\.txt|\.md)?$/,
  /^dist\/(extension\.js|webview\.(js|css))$/,
  /^dist\/python\/(child\.js|realm\.js|pyodide\.asm\.wasm|python_stdlib\.zip|pyodide-lock\.json)$/,
  /^dist\/reader\/(reader\.mjs|cmaps\/[\w-]+\.bcmap)$/,
  /^dist\/fonts\/[\w-]+\.woff2$/,
  /^l10n\/bundle\.l10n(\.[\w-]+)?\.json$/,
  /^media\/[\w-]+\.(png|svg)$/,
];
const needed = [
  'package.json',
  'README.md',
  'LICENSE',
  'dist/extension.js',
  'dist/webview.js',
  'dist/reader/reader.mjs',
];

async function main(): Promise<void> {
  const [vsix] = process.argv.slice(2);
  if (!vsix) throw new Error('Expected the path of a VSIX.');
  const dataDir = temporaryFolder('package');
  try {
    await installVsix(dataDir, vsix);
    checkFiles(dataDir);
    console.log('  ✔ holds what belongs into it, and nothing else');
    await checkActivation(dataDir);
    console.log('  ✔ activates where it is installed');
  } finally {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
  }
}

function checkFiles(dataDir: string): void {
  const [folder] = globSync('assistants-studio.assistants-studio-*', { cwd: extensionsDir(dataDir) });
  if (!folder) throw new Error('✘ The extension was not installed under its id.');
  const files = globSync('**/*', { cwd: path.join(extensionsDir(dataDir), folder), withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      path.relative(path.join(extensionsDir(dataDir), folder), path.join(entry.parentPath, entry.name)),
    )
    .map((name) => name.replaceAll(path.sep, '/'));
  const strange = files.filter((name) => !allowed.some((pattern) => pattern.test(name)));
  if (strange.length > 0) throw new Error(`✘ These do not belong into the package: ${strange.join(', ')}`);
  const lower = files.map((name) => name.toLowerCase());
  const missing = needed.filter((name) => !lower.some((file) => file.startsWith(name.toLowerCase())));
  if (missing.length > 0) throw new Error(`✘ These are missing in the package: ${missing.join(', ')}`);
}

/** The chat's first words come from what `activate` registered: they prove that it ran. */
async function checkActivation(dataDir: string): Promise<void> {
  const workbench = await openWorkbench({ dataDir, extension: false });
  try {
    await workbench.page.locator('.activitybar [aria-label^="Assistants Studio"]').first().click();
    await workbench.chat.getByRole('heading').first().waitFor({ timeout: 60_000 });
    await workbench.runCommand('Assistants: New Thread');
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
