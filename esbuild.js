// Builds everything that ships (dist/) and, with --tests, the suites (out/).
//   node esbuild.js [--production] [--watch] [--tests]
const esbuild = require('esbuild');
const { globSync } = require('node:fs');

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
const tests = process.argv.includes('--tests');

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: 'info',
  metafile: false,
};

/** @type {import('esbuild').BuildOptions} */
const node = { ...common, platform: 'node', format: 'cjs', target: 'node22.13', external: ['vscode'] };

/** @type {import('esbuild').BuildOptions[]} */
const builds = [
  { ...node, entryPoints: { extension: 'src/extension.ts', serve: 'src/engine/server.ts' }, outdir: 'dist' },
  {
    ...common,
    entryPoints: { webview: 'webview/main.tsx' },
    outdir: 'dist',
    platform: 'browser',
    format: 'iife',
    target: 'chrome128',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // KaTeX names each font in three formats; Chromium needs one.
    loader: { '.woff2': 'file', '.woff': 'empty', '.ttf': 'empty' },
    assetNames: 'fonts/[name]',
  },
];

if (tests) {
  builds.push({
    ...node,
    entryPoints: globSync(['test/**/*.ts', 'bench/**/*.ts'], { exclude: ['**/*.d.ts'] }),
    outdir: 'out',
    outbase: '.',
    packages: 'external',
    sourcemap: 'inline',
    minify: false,
  });
}

async function main() {
  if (!watch) {
    await Promise.all(builds.map((options) => esbuild.build(options)));
    return;
  }
  for (const options of builds) {
    const context = await esbuild.context(options);
    await context.watch();
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
