import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { IgnoreRules } from '../../src/client/files/ignoreRules';
import { temporaryFolder } from './support';

const noPause = () => Promise.resolve();

/** The files that these rules leave, of those whose folders they leave. */
async function left(lines: string, paths: readonly string[]): Promise<string[]> {
  const rules = new IgnoreRules(lines, false);
  const kept: string[] = [];
  for (const path of paths) {
    const names = path.split('/');
    let isIgnored = false;
    for (let depth = 1; depth <= names.length && !isIgnored; depth++) {
      isIgnored = !!(await rules.test(names.slice(0, depth).join('/'), depth < names.length, noPause));
    }
    if (!isIgnored) kept.push(path);
  }
  return kept;
}

describe('the rules of a .gitignore', () => {
  const paths = ['a', 'b', 'a.b', 'd/a', 'd/b', 'd/e/a', 'd/e/ab', 'd/e/f/a b', 'ab/a-b', 'ab/]', 'ab/d/a'];
  let folder: string;

  before(function () {
    folder = temporaryFolder();
    if (spawnSync('git', ['init', '-q', folder]).status !== 0) {
      console.log('      Skipped: there is no git to compare with.');
      this.skip();
    }
    for (const path of paths) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), '');
    }
  });

  function leftByGit(lines: string): string[] {
    writeFileSync(join(folder, '.gitignore'), lines);
    const { stdout } = spawnSync('git', ['ls-files', '-zco', '--exclude-per-directory=.gitignore'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return stdout.split('\0').filter((path) => path !== '' && path !== '.gitignore');
  }

  it('are those of git', async function () {
    this.timeout(60_000);
    const piece = fc.constantFrom(
      'a',
      'b',
      'd',
      'e',
      '/',
      '*',
      '**',
      '**/',
      '/**',
      '?',
      '.',
      '!',
      '#',
      ' ',
      '\\',
    );
    const set = fc.constantFrom('[ab]', '[!a]', '[^b]', '[a-c]', '[]]', '[[:alpha:]]', '[\\]a]');
    const line = fc
      .array(fc.oneof({ weight: 4, arbitrary: piece }, set), { maxLength: 7 })
      .map((all) => all.join(''))
      // Versions of git differ in a `**` that is no whole name.
      .filter((text) => !/[^/!]\*\*|\*\*[^/]/.test(text));
    const file = fc.array(line, { minLength: 1, maxLength: 3 }).map((all) => all.join('\n'));
    await fc.assert(
      fc.asyncProperty(file, async (lines) => {
        assert.deepEqual((await left(lines, paths)).sort(), leftByGit(lines).sort(), JSON.stringify(lines));
      }),
      { numRuns: 150 },
    );
  });

  it('take time proportional to their length', async () => {
    const deep = `${'a/'.repeat(40)}b`;
    // Matchers that backtrack need minutes for the first line alone.
    for (const line of [
      `${'a/**/'.repeat(12)}c`,
      `${'a/**/'.repeat(400)}c`,
      `${'*a'.repeat(1000)}c`,
      'a/'.repeat(2000),
    ]) {
      const rules = new IgnoreRules(`${line}\n`.repeat(20), false);
      assert.equal(await rules.test(deep, false, noPause), undefined);
      assert.equal(await rules.test('a'.repeat(255), false, noPause), undefined);
    }
  });

  it('let other work run', async () => {
    let pauses = 0;
    const rules = new IgnoreRules('a/**/b\n'.repeat(10_000), false);
    await rules.test('c/'.repeat(50), true, () => Promise.resolve(void pauses++));
    assert.ok(pauses > 50, `${pauses}`);
  });
});
