// esbuild splits ES modules only, and VS Code loads an extension as CommonJS: the chunks are converted.
const esbuild = require('esbuild');
const { mkdirSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

/**
 * Writes the chunks of a build as CommonJS, so that what is imported by `import()` is a file of its own, loaded
 * when it is needed. Chunks go to the folder `name` of the output folder; those of earlier builds are deleted.
 * @param {string} name
 * @param {string[]} required Modules that the source loads by `require`, which are entry points in that folder.
 * @returns {import('esbuild').BuildOptions}
 */
function commonjsChunks(name, required) {
  /** @type {import('esbuild').Plugin} */
  const convert = {
    name: 'commonjs-chunks',
    setup(build) {
      const { minify, sourcemap, target, outdir } = build.initialOptions;
      build.onEnd(async ({ errors, outputFiles }) => {
        if (errors.length > 0) return;
        const folder = join(outdir, name);
        mkdirSync(folder, { recursive: true });
        const chunks = outputFiles.filter(({ path }) => path.endsWith('.js'));
        for (const { path, text } of chunks) {
          // By `require`: Node's `import()` reads a CommonJS file twice, and VS Code's host hooks into it.
          const supported = { 'dynamic-import': false };
          const options = {
            format: 'cjs',
            platform: 'node',
            target,
            supported,
            minify,
            sourcefile: basename(path),
          };
          const { code, map } = await esbuild.transform(withPlainImports(text), {
            ...options,
            sourcemap: sourcemap ? 'external' : false,
          });
          mkdirSync(dirname(path), { recursive: true });
          if (sourcemap) writeFileSync(`${path}.map`, map);
          writeFileSync(path, sourcemap ? `${code}//# sourceMappingURL=${basename(path)}.map\n` : code);
        }
        const kept = new Set(chunks.flatMap(({ path }) => [basename(path), `${basename(path)}.map`]));
        for (const file of readdirSync(folder)) if (!kept.has(file)) rmSync(join(folder, file));
      });
    },
  };
  /** @type {import('esbuild').Plugin} */
  const leaveRequired = {
    name: 'leave-required',
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ kind, path }) =>
        kind === 'require-call' && required.includes(path)
          ? { path: `${path}.js`, external: true }
          : undefined,
      );
    },
  };
  return {
    format: 'esm',
    splitting: true,
    chunkNames: `${name}/[name]-[hash]`,
    write: false,
    plugins: [leaveRequired, convert],
  };
}

/**
 * Imports the whole of `vscode` by a plain `require`. esbuild copies the properties of such a module for each
 * file that imports it, as it could have a default export: a third of the time that the extension takes to load.
 * @param {string} text
 */
function withPlainImports(text) {
  return text.replace(/\bimport\s*\*\s*as\s+([\w$]+)\s+from\s*"vscode"/g, 'var $1 = require("vscode")');
}

module.exports = { commonjsChunks };
