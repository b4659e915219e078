import { deepEqual, equal, throws } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { wantedVersion } from './desktop.mjs';
import { root } from './paths.mjs';
import { publication } from './publication.mjs';
import { workflowErrors } from './workflows.mjs';

const project = {
  scripts: { test: '', package: '' },
  suites: ['engine'],
  exists: (path) => path === 'a.mjs',
};

const workflow = `
on: { push: { branches: [main] } }
permissions: { contents: read }
jobs:
  test:
    strategy: { matrix: { os: [ubuntu-latest, macos-latest] } }
    runs-on: \${{ matrix.os }}
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v5
      - run: npm test -- engine
      - run: node a.mjs
`;

/** The errors after a replacement in the workflow. */
const errorsAfter = (from, to) => {
  equal(workflow.includes(from), true);
  return workflowErrors('w.yml', workflow.replace(from, to), project);
};

describe('the check of workflows', () => {
  it('accepts one in which everything fits together', () => {
    deepEqual(workflowErrors('w.yml', workflow, project), []);
  });

  for (const [from, to, error] of [
    ['push:', 'pushed:', 'unknown event pushed'],
    ['permissions: { contents: read }', '', 'no permissions: the token could do everything'],
    ['macos-latest', 'macos', 'job test: unknown runner macos'],
    ['os: [', 'system: [', 'job test: matrix.os is used, and the matrix has no os'],
    ['timeout-minutes: 10', 'needs: build', 'job test: it needs the job build, which does not exist'],
    ['@v5', '', 'job test: step 1: actions/checkout names no version'],
    ['-- engine', '-- engines', 'job test: step 2: there is no suite engines'],
    ['npm test -- engine', 'npm run pack', 'job test: step 2: package.json has no script pack'],
    ['node a.mjs', 'node b.mjs', 'job test: step 3: b.mjs does not exist'],
    ['run: node', 'runs: node', 'job test: step 3: it has an unknown key runs'],
    ['node a.mjs', 'echo ${{ github.head_ref }}', 'job test: step 3: an expression in run: pass it in env'],
  ]) {
    it(`finds: ${error}`, () => {
      const errors = errorsAfter(from, to);
      equal(errors.includes(`w.yml: ${error}.`), true, errors.join('\n'));
    });
  }

  it('finds what is not YAML', () => {
    equal(workflowErrors('w.yml', 'on: [', project)[0].startsWith('w.yml is not YAML'), true);
  });
});

describe('a release', () => {
  const manifest = { name: 'studio', version: '1.2.3' };

  it('is of the tag’s version', () => {
    deepEqual(publication(manifest, 'v1.2.3'), { vsix: 'studio-1.2.3.vsix', flags: [] });
    deepEqual(publication(manifest, 'v1.2.3-pre.1').flags, ['--pre-release']);
    throws(() => publication(manifest, 'v1.2.4'), /does not name version 1\.2\.3/);
    throws(() => publication(manifest, undefined), /must be like v1\.2\.3/);
  });

  it('does not happen while the package is private', () => {
    throws(() => publication({ ...manifest, private: true }, 'v1.2.3'), /a person has to decide/);
  });

  it('is tested in the oldest VS Code that the manifest names', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    equal(`^${wantedVersion('oldest')}`, engines.vscode);
    equal(wantedVersion('stable'), 'stable');
  });
});
