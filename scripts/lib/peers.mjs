// The programs of others that `npm run bench -- --peers` measures the engine beside.
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce } from './install.mjs';
import { cacheRoot, root } from './paths.mjs';
import { npm, say } from './process.mjs';

/** The packages of each; its script is in bench/peers/. */
const packages = {
  agents: ['@openai/agents', 'openai', 'zod'],
  mastra: ['@mastra/core', '@mastra/memory', '@mastra/libsql', '@ai-sdk/openai-compatible', 'zod'],
  langgraph: [
    '@langchain/langgraph-cli',
    '@langchain/langgraph',
    '@langchain/langgraph-sdk',
    '@langchain/openai',
    '@langchain/core',
    'zod',
  ],
};

/**
 * Installs the newest version of each, once, into the cache folder, and returns that folder. One that cannot be
 * installed is reported and left out.
 */
export async function ensurePeers(nodePath) {
  const folder = join(cacheRoot, 'bench-peers');
  const scripts = join(root, 'bench', 'peers');
  for (const [name, specs] of Object.entries(packages)) {
    const target = join(folder, name);
    // Otherwise npm may choose versions that are years old, to suit another of them.
    const newest = specs.map((spec) => (spec === 'zod' ? spec : `${spec}@latest`));
    try {
      await installOnce(target, `the packages of ${name}`, async (partial) => {
        writeFileSync(join(partial, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
        await npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', ...newest], {
          cwd: partial,
          nodePath,
        });
      });
    } catch (error) {
      say(`${name} is not measured, because it could not be installed: ${error.message}`);
      continue;
    }
    for (const script of readdirSync(scripts)) copyFileSync(join(scripts, script), join(target, script));
  }
  return folder;
}
