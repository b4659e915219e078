// Checks the workflows of .github and that its other files are YAML; part of `npm run lint`. Prints what is wrong.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './lib/paths.mjs';
import { suites } from './lib/suites.mjs';
import { workflowErrors } from './lib/workflows.mjs';

const read = (name) => readFileSync(join(root, name), 'utf8');
const { scripts } = JSON.parse(read('package.json'));
const project = {
  scripts,
  suites: ['checks', ...suites.map(({ name }) => name)],
  exists: (file) => existsSync(join(root, file)),
};
const find = (pattern) => globSync(pattern, { cwd: root });
const workflows = find('.github/workflows/*.yml');
const errors = workflows.flatMap((name) => workflowErrors(name, read(name), project));
for (const name of find('.github/**/*.yml')) {
  try {
    parse(read(name));
  } catch (error) {
    if (!workflows.includes(name)) errors.push(`${name} is not YAML: ${error.message}`);
  }
}
if (workflows.length === 0) errors.push('There are no workflows.');
for (const error of errors) console.log(error);
process.exitCode = errors.length > 0 ? 1 : 0;
