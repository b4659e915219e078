// The npm package: the engine without VS Code. Its manifest is made from the repository's.
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDeclarations } from './declarations.mjs';
import { thirdPartyNotices } from './notices.mjs';
import { root } from './paths.mjs';
import { publishedMarkdown, repositoryAddress, repositoryFields } from './repository.mjs';
import { npm } from './process.mjs';
import { build } from './toolchain.mjs';

/**
 * What is not bundled: Pyodide's files, and the readers of documents. pdf.js and the reader of Outlook messages are
 * changed by the build, so they are.
 */
export const dependencies = ['fflate', 'htmlparser2', 'jschardet', 'postal-mime', 'pyodide'];

const library = ['ModelError', 'createEngine', 'startServer'];

/** Before anything else is loaded: an older Node fails with the name of a module that it does not have. */
const checkNode = `const [major, minor] = process.versions.node.split('.').map(Number);
const error =
  major < 22 || (major === 22 && minor < 13)
    ? 'Assistants Studio needs Node 22.13 or later; this is ' + process.versions.node + '.'
    : undefined;
`;

const files = {
  'index.cjs': `'use strict';
${checkNode}if (error) throw new Error(error);
module.exports = require('./dist/main.js').library;
`,
  'index.mjs': `import library from './index.cjs';\n\nexport const { ${library.join(', ')} } = library;\n`,
  'cli.cjs': `#!/usr/bin/env node
'use strict';
${checkNode}if (error) {
  console.error(error);
  process.exit(1);
}
require('./dist/main.js').runCommand(process.argv.slice(2));
`,
};

/** Makes the package's tarball in the repository's folder, and returns its path. */
export async function packageNpm(nodePath) {
  const folder = mkdtempSync(join(tmpdir(), 'assistants-studio-npm-'));
  try {
    await stageNpm(nodePath, folder);
    const manifest = readJson(join(folder, 'package.json'));
    await npm(['pack', '--ignore-scripts', '--pack-destination', root], { cwd: folder });
    return join(root, `${manifest.name}-${manifest.version}.tgz`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function stageNpm(nodePath, folder) {
  const record = join(folder, 'inputs.json');
  const outdir = join(folder, 'dist');
  await build(nodePath, ['--production', '--only=npmPackage', `--outdir=${outdir}`, `--record=${record}`]);
  const inputs = readJson(record);
  rmSync(record);
  writeFileSync(join(folder, 'ThirdPartyNotices.txt'), thirdPartyNotices(inputs));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  chmodSync(join(folder, 'cli.cjs'), 0o755);
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'README.md'), readme());
  writeDeclarations(['src/npm/index.ts', 'src/extensionApi.ts'], join(folder, 'types'));
  // For imports: TypeScript takes the package's other declarations for those of CommonJS.
  writeFileSync(join(folder, 'types', 'npm', 'index.d.mts'), `export * from './index.js';\n`);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifestOf(), null, 2)}\n`);
}

/** The page of docs/, whose links lead to their places in the repository. */
function readme() {
  const page = readFileSync(join(root, 'docs', 'npm-package.md'), 'utf8');
  const fromRoot = page.replace(/\]\((?!https?:|#)/g, '](docs/');
  return publishedMarkdown(fromRoot, repositoryAddress());
}

function manifestOf() {
  const own = readJson(join(root, 'package.json'));
  const { name, version, license, author, keywords } = own;
  const { description } = readJson(join(root, 'package.nls.json'));
  const types = './types/npm/index.d.ts';
  return {
    ...{ name, version, description, license, author, keywords },
    ...repositoryFields(repositoryAddress()),
    // Until a person decides to publish it.
    ...(own.private && { private: true }),
    engines: { node: '>=22.13.0' },
    bin: { [name]: 'cli.cjs' },
    main: './index.cjs',
    types,
    exports: {
      '.': {
        import: { types: './types/npm/index.d.mts', default: './index.mjs' },
        require: { types, default: './index.cjs' },
      },
      './extension': { types: './types/extensionApi.d.ts' },
      './package.json': './package.json',
    },
    files: ['dist', 'types', ...Object.keys(files), 'ThirdPartyNotices.txt'],
    dependencies: Object.fromEntries(
      dependencies.map((dependency) => [dependency, installedVersion(dependency)]),
    ),
  };
}

/** Exact versions: what is bundled, such as Pyodide's code, belongs to them. */
function installedVersion(name) {
  return readJson(join(root, 'node_modules', name, 'package.json')).version;
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
