// Builds the extension and the server into dist/, and tests and benchmarks into out/.
//   node esbuild.js [--production] [--watch] [--outdir=DIR] [--only=NAMES] [--record=FILE] [--host | --tests] [--suites=NAMES]
// --only takes names of builds and of groups of builds; --record writes a list of the input files.
// --host adds the launchers of a real VS Code; --tests adds these, and all suites and the benchmarks or the
// suites that --suites names.
const esbuild = require('esbuild');
const { globSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const { commonjsChunks } = require('./scripts/lib/commonjs-chunks.cjs');
const { pdfjsChanges } = require('./scripts/lib/pdfjs.cjs');

const { values: options } = parseArgs({
  options: {
    production: { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
    outdir: { type: 'string', default: 'dist' },
    only: { type: 'string' },
    record: { type: 'string' },
    host: { type: 'boolean', default: false },
    tests: { type: 'boolean', default: false },
    suites: { type: 'string' },
  },
});

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  minify: options.production,
  sourcemap: options.production ? false : 'linked',
  logLevel: 'warning',
  outdir: options.outdir,
};

/** @type {import('esbuild').BuildOptions} */
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node22.13',
  // Packages read it to detect a browser, for which VS Code would log an error.
  define: { navigator: 'undefined' },
};

/** Its UMD build has requires that bundlers cannot follow. */
const alias = { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' };

/** @type {Record<string, import('esbuild').BuildOptions>} */
const builds = {
  // What VS Code loads. It loads the modules in extension/.
  entry: { ...node, entryPoints: { extension: 'src/start/entry.ts' }, external: ['vscode'] },
  extension: {
    ...node,
    ...commonjsChunks('extension', ['./openaiClient']),
    // The plugin that converts the chunks reads it.
    sourcemap: options.production ? false : 'inline',
    entryPoints: {
      'extension/main': 'src/extension.ts',
      'extension/openaiClient': 'src/client/openaiClient.ts',
    },
    external: ['vscode'],
    alias,
  },
  // `vscode` is not external here: an engine that imports it does not build.
  serve: { ...node, entryPoints: { serve: 'src/engine/server/serve.ts' }, alias },
  // The bundle of the npm package, and the MCP server that VS Code starts.
  npm: { ...node, entryPoints: { main: 'src/npm/main.ts' }, alias },
  mcp: { ...node, entryPoints: { mcp: 'src/mcp/remote.ts' }, alias },
  // The code interpreter's child process, the realm in which it runs Python, and Pyodide's files.
  python: {
    ...node,
    entryPoints: { 'python/child': 'src/engine/tools/codeInterpreter/child/pythonChild.ts' },
  },
  pythonRealm: {
    ...common,
    entryPoints: { 'python/realm': 'src/engine/tools/codeInterpreter/child/sandbox.ts' },
    platform: 'browser',
    format: 'iife',
    globalName: 'sandbox',
    target: 'es2023',
    loader: { '.py': 'text' },
    // Imported only by Pyodide's code for Node, which the realm does not run.
    external: ['node:*', 'ws'],
    define: { 'import.meta.url': '"python:///"' },
    // Node rejects an `import()` of that realm with an error of its own realm, which Python could catch.
    supported: { 'dynamic-import': false },
    sourcemap: false,
  },
  pythonFiles: {
    ...common,
    entryPoints: ['pyodide.asm.wasm', 'python_stdlib.zip', 'pyodide-lock.json'].map(
      (name) => `node_modules/pyodide/${name}`,
    ),
    outbase: 'node_modules/pyodide',
    outdir: `${options.outdir}/python`,
    loader: { '.wasm': 'copy', '.zip': 'copy', '.json': 'copy' },
  },
  // The process that reads documents for file search, and the character maps of Chinese, Japanese and
  // Korean PDF files.
  reader: {
    ...common,
    entryPoints: { 'reader/reader': 'src/engine/tools/fileSearch/reader/readerProcess.ts' },
    plugins: [pdfjsChanges],
    platform: 'node',
    format: 'esm',
    target: 'node22.13',
    outExtension: { '.js': '.mjs' },
    // Its tables of encodings are larger than all else in the reader of Outlook messages.
    alias: { 'iconv-lite': './src/engine/tools/fileSearch/reader/mail/iconv.ts' },
    sourcemap: false,
  },
  readerFiles: {
    ...common,
    entryPoints: ['node_modules/pdfjs-dist/cmaps/*.bcmap'],
    outbase: 'node_modules/pdfjs-dist',
    outdir: `${options.outdir}/reader`,
    loader: { '.bcmap': 'copy' },
  },
  // The worker thread that searches and indexes.
  searchWorker: {
    ...node,
    entryPoints: { searchWorker: 'src/engine/tools/fileSearch/service/searchWorker.ts' },
  },
  // The worker thread that migrates and compacts the database.
  databaseWorker: {
    ...node,
    entryPoints: { databaseWorker: 'src/engine/store/maintenance/databaseWorker.ts' },
  },
  webview: {
    ...common,
    // Languages beyond the common ones are a script of their own, which the page loads when it needs them.
    // So is the form of an assistant, whose page has the panel beside it.
    entryPoints: {
      webview: 'webview/main.tsx',
      form: 'webview/form/main.tsx',
      languages: 'webview/languages.ts',
    },
    platform: 'browser',
    format: 'iife',
    target: 'chrome128',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // Markdown decodes entities; the table that encodes them would be bundled, too.
    alias: { entities: 'entities/lib/decode.js' },
    // KaTeX refers to each font in three formats; Chromium needs one.
    loader: { '.woff2': 'file', '.woff': 'empty', '.ttf': 'empty' },
    assetNames: 'fonts/[name]',
  },
};

/** The reader for the npm package, which has these packages as its dependencies. */
builds.npmReader = { ...builds.reader, external: ['fflate', 'htmlparser2', 'jschardet', 'postal-mime'] };

const own = ['python', 'pythonRealm', 'readerFiles', 'searchWorker', 'databaseWorker'];
const tools = [...own, 'pythonFiles', 'reader'];
/** The builds of `npm run serve`, and those of the two packages. @type {Record<string, string[]>} */
const groups = {
  server: ['serve', ...tools],
  package: ['entry', 'extension', 'webview', 'mcp', ...tools],
  npmPackage: ['npm', 'npmReader', ...own],
};
const all = Object.keys(builds).filter((name) => name !== 'npmReader');

/** @returns {import('esbuild').BuildOptions} */
function testBuild() {
  const all = ['test/**/*.{ts,tsx}', 'bench/**/*.ts'];
  const some = (options.suites?.split(',') ?? []).map((name) => `test/${name}/**/*.{ts,tsx}`);
  const suites = options.suites === undefined ? all : some;
  const sources = ['test/host/*.ts', ...(options.tests ? suites : [])];
  return {
    ...node,
    entryPoints: globSync(sources, { exclude: ['**/*.d.ts'] }),
    outdir: 'out',
    outbase: '.',
    packages: 'external',
    sourcemap: 'inline',
    minify: false,
  };
}

/** Prints the lines that the build task of .vscode/tasks.json waits for. @type {import('esbuild').Plugin} */
const reportBuilds = {
  name: 'report-builds',
  setup(build) {
    build.onStart(() => console.log('[watch] build started'));
    build.onEnd((result) => {
      for (const { text, location } of result.errors) {
        console.error(`✘ [ERROR] ${text}`);
        if (location) console.error(`    ${location.file}:${location.line}:${location.column}:`);
      }
      console.log('[watch] build finished');
    });
  },
};

/** The input files with any bytes in the outputs, sorted. */
function inputsOf(outputs) {
  const used = outputs
    .flatMap((files) => Object.values(files))
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return [...new Set(used.map(([file]) => file))].sort();
}

async function main() {
  const names = (options.only?.split(',') ?? all).flatMap((name) => groups[name] ?? name);
  const unknown = names.find((name) => !Object.hasOwn(builds, name));
  if (unknown !== undefined) throw new Error(`Unknown build “${unknown}”.`);
  const chosen = names.map((name) => builds[name]);
  if (options.tests || options.host) chosen.push(testBuild());
  if (!options.watch) {
    const results = await Promise.all(chosen.map((build) => esbuild.build({ ...build, metafile: true })));
    const outputs = results.slice(0, names.length).map(({ metafile }) => metafile.outputs);
    // Written last: scripts/serve.mjs rebuilds if one of these files is missing.
    if (groups.server.every((name) => names.includes(name))) {
      const files = groups.server.flatMap((name) => Object.keys(outputs[names.indexOf(name)]));
      writeFileSync(join(options.outdir, 'server.json'), JSON.stringify(files));
    }
    if (options.record) writeFileSync(options.record, JSON.stringify(inputsOf(outputs)));
    return;
  }
  for (const build of chosen) {
    const context = await esbuild.context({
      ...build,
      logLevel: 'silent',
      plugins: [...(build.plugins ?? []), reportBuilds],
    });
    await context.watch();
  }
}

main().catch((error) => {
  // esbuild has already printed its own errors.
  if (!error.errors) console.error(error.message);
  process.exit(1);
});
