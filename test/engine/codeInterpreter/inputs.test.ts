import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFileName, safeFileName, TakenNames } from '../../../src/engine/tools/codeInterpreter/fileNames';
import { logsOf, slow, useInterpreter } from './support';

const long = `${'ü'.repeat(200)}.csv`;

describe('names of attached files', () => {
  it('are made safe for every system, and stay as they are if they are', () => {
    for (const [name, safe] of [
      ['table.csv', 'table.csv'],
      ['Sales 10:30.csv', 'Sales 10_30.csv'],
      ['what?.csv', 'what_.csv'],
      ['con.csv', '_con.csv'],
      ['trailing.', 'trailing'],
      ['a\tb.csv', 'a_b.csv'],
      ['../../etc/passwd', '.._.._etc_passwd'],
      ['...', 'file'],
      ['.hidden', '.hidden'],
      [long, `${'ü'.repeat(98)}.csv`],
    ] as const) {
      assert.equal(safeFileName(name), safe);
      assert.ok(isFileName(safe), safe);
    }
  });

  it('are numbered if they are taken, or a part of their path is', () => {
    const taken = new TakenNames(['a.txt', 'A (2).txt', 'folder/b.txt', `${'x'.repeat(196)}.csv`]);
    assert.equal(taken.free('a.txt'), 'a (3).txt');
    assert.equal(taken.free('b.txt'), 'b.txt');
    assert.equal(taken.free('folder'), 'folder (2)');
    assert.equal(taken.free('a.txt/deep/b.txt'), 'a (3).txt/deep/b.txt');
    assert.equal(taken.free(`${'x'.repeat(196)}.csv`), `${'x'.repeat(192)} (2).csv`);
  });
});

describe('code interpreter: attached files', function () {
  this.timeout(2 * slow);
  const python = useInterpreter({ maxRunning: 2 });

  function source(name: string, content: string): string {
    const path = join(python.folder, name);
    writeFileSync(path, content);
    return path;
  }

  it('of any name are there, and the outputs say where', async () => {
    const names = ['Sales 10:30.csv', 'what?.csv', 'con.csv', 'trailing.', 'a\tb.csv', long];
    const inputs = names.map((name, at) => ({ name, path: source(`name-${at}`, name) }));
    const logs = logsOf(
      await python.run('print(open("Sales 10_30.csv").read())', { inputs, thread: 'names' }),
    );
    assert.match(logs, /\[The file “Sales 10:30\.csv” is \/mnt\/data\/Sales 10_30\.csv\.\]/);
    assert.match(logs, /\[The file “con\.csv” is \/mnt\/data\/_con\.csv\.\]/);
    assert.match(logs, /Sales 10:30\.csv\n$/);
  });

  it('of one name are all there, and what the code wrote over one stays', async () => {
    const inputs = [
      { name: 'table.csv', path: source('first', 'first') },
      { name: 'table.csv', path: source('second', 'second') },
    ];
    const show = 'print(open("table.csv").read(), open("table (2).csv").read())';
    const first = logsOf(await python.run(`${show}\nopen("table.csv", "w").write("mine");`, { inputs }));
    assert.match(first, /“table\.csv” is \/mnt\/data\/table \(2\)\.csv[^]*first second\n$/);
    assert.equal(logsOf(await python.run(show, { inputs })), 'mine second\n');
    source('second', 'changed');
    assert.match(logsOf(await python.run(show, { inputs })), /mine changed\n$/);
  });

  it('that cannot be read affect no other, and no path of the host is told', async () => {
    const inputs = [
      { name: 'lost.csv', path: join(python.folder, 'none') },
      { name: 'found.csv', path: source('found', 'found') },
      { name: 'folder.csv', path: python.folder },
    ];
    const logs = logsOf(await python.run('print(open("found.csv").read())', { inputs }));
    assert.match(
      logs,
      /“lost\.csv” was not added to \/mnt\/data: it could not be read \(ENOENT: no such file/,
    );
    assert.match(logs, /“folder\.csv” was not added/);
    assert.match(logs, /found\n$/);
    assert.ok(!logs.includes(python.folder), logs);
  });

  it('called as a folder or a file of the code get another name', async () => {
    await python.run(
      'import os\nos.makedirs("report.csv/deep")\nopen("report.csv/deep/x", "w").write("x")\n' +
        'open("plain.csv", "w").write("of the code")\nos.makedirs("empty.csv")',
      { thread: 'folders' },
    );
    const inputs = ['report.csv', 'plain.csv', 'empty.csv'].map((name) => ({
      name,
      path: source(name, 'user'),
    }));
    const code =
      'print(open("report (2).csv").read(), open("plain (2).csv").read(), open("empty.csv").read(), open("plain.csv").read())';
    assert.match(
      logsOf(await python.run(code, { inputs, thread: 'folders' })),
      /user user user of the code\n$/,
    );
    assert.match(
      logsOf(await python.run('print(open("report.csv/deep/x").read())', { thread: 'folders' })),
      /^x\n/,
    );
  });
});

describe('code interpreter: files of any kind', function () {
  this.timeout(2 * slow);
  const python = useInterpreter({ maxRunning: 1 });

  it('a change that keeps size and time is not lost', async () => {
    await python.run('open("a.txt", "w").write("1");');
    const code = `import os
stat = os.stat("a.txt")
open("a.txt", "w").write("2")
os.utime("a.txt", ns=(stat.st_atime_ns, stat.st_mtime_ns))`;
    const { files } = await python.run(code);
    assert.deepEqual(
      files.map(({ name }) => name),
      ['a.txt'],
    );
  });

  it('a file called __proto__ is one like any other', async () => {
    const { files } = await python.run('open("__proto__", "w").write("x")\nimport os; os.listdir()');
    assert.deepEqual(
      files.map(({ name }) => name),
      ['__proto__'],
    );
    assert.equal(logsOf(await python.run('open("__proto__").read()')), "'x'\n");
  });

  it('the first 10,000 of 20,000 files are kept, and the others named and counted', async () => {
    const code = `for n in range(20_000): open(f"{n:05}-${'n'.repeat(120)}.txt", "w").write("x")`;
    const result = await python.run(code, { thread: 'many' });
    assert.equal(result.files.length, 10_000);
    assert.match(
      logsOf(result),
      /Only the first 10000 files in \/mnt\/data are saved; 10000 more were not saved: “10000-n+\.txt”, “10001-n/,
    );
    assert.match(logsOf(result), /“10019-n+\.txt”, and 9980 others\.\]/);
    assert.ok(logsOf(result).length < 6_000);
    const next = await python.run('import os\nprint(len(os.listdir()))', { thread: 'many' });
    assert.match(logsOf(next), /^20000\n/);
    assert.deepEqual(next.files, []);
  });
});
