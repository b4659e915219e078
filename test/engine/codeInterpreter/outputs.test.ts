import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeOutput } from '../../../src/engine/tools/codeInterpreter/interpreter';
import { logsOf, slow, useInterpreter } from './support';

const png = `import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
with open("/mnt/data/dot.png", "wb") as file:
    file.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)))
    file.write(chunk(b"IDAT", zlib.compress(b"\\0\\xff\\0\\0")) + chunk(b"IEND", b""))
`;

describe('code interpreter: outputs', function () {
  this.timeout(slow);
  const python = useInterpreter();

  it('what is printed comes back, in the order in which it was written', async () => {
    const result = await python.run(
      'import sys\nprint("one")\nprint("two", file=sys.stderr)\nprint("drei ✓")',
    );
    assert.deepEqual(result, {
      ok: true,
      files: [],
      outputs: [{ type: 'logs', logs: 'one\ntwo\ndrei ✓\n' }],
    });
  });

  it('the value of the last expression is shown as a notebook shows it', async () => {
    assert.equal(logsOf(await python.run('"a" + "b"')), "'ab'\n");
    assert.equal(logsOf(await python.run('None')), '');
    assert.equal(logsOf(await python.run('1 + 1;')), '');
    assert.equal(logsOf(await python.run('x = 3\nif x:\n    4')), '');
  });

  it('a traceback shows only the frames of the code', async () => {
    const result = await python.run('def half(x):\n    return x / 0\n\nhalf(4)');
    assert.equal(result.ok, false);
    const logs = logsOf(result);
    assert.match(
      logs,
      /^Traceback \(most recent call last\):\n {2}File "\/code-\d+\.py", line 4, in <module>\n {4}half\(4\)/,
    );
    assert.match(logs, /line 2, in half\n {4}return x \/ 0\n[^]*ZeroDivisionError: division by zero\n$/);
    assert.doesNotMatch(logs, /session\.py|pyodide/);
  });

  it('a syntax error points at the place', async () => {
    const result = await python.run('print("a"\nfor');
    assert.equal(result.ok, false);
    assert.match(
      logsOf(result),
      /^ {2}File "\/code-\d+\.py", line 1\n {4}print\("a"\n[^]*SyntaxError: '\(' was never closed\n$/,
    );
  });

  it('code that exits counts as successful, unless it exits with an error', async () => {
    assert.deepEqual(await python.run('exit()'), { ok: true, files: [], outputs: [] });
    const result = await python.run('import sys; sys.exit("no data")');
    assert.equal(result.ok, false);
    assert.equal(logsOf(result), 'SystemExit: no data\n');
  });

  it('variables, functions and imports are there in the next run', async () => {
    await python.run('import math\ndef area(r): return math.pi * r ** 2\nradius = 2');
    assert.equal(logsOf(await python.run('round(area(radius), 3)')), '12.566\n');
  });

  it('coroutines are awaited, at the top level and by asyncio.run', async () => {
    const code = 'import asyncio\nasync def double(x):\n    await asyncio.sleep(0.01)\n    return 2 * x\n';
    assert.equal(logsOf(await python.run(`${code}await double(4)`)), '8\n');
    assert.equal(logsOf(await python.run('asyncio.run(double(5))')), '10\n');
    assert.equal(logsOf(await python.run('await asyncio.gather(double(1), double(2))')), '[2, 4]\n');
  });

  it('a program that waits for something that cannot happen gets an error', async () => {
    const result = await python.run('import asyncio\nawait asyncio.Future()');
    assert.equal(result.ok, false);
    assert.match(logsOf(result), /waits for something that will never happen/);
  });

  it('output is reported while the code still runs', async () => {
    const seen: CodeOutput[] = [];
    let stop = () => {};
    const first = new Promise<void>((resolve) => (stop = resolve));
    const cancel = new AbortController();
    const running = python.run('import time\nprint("begun")\ntime.sleep(50)', {
      thread: 'thread_live',
      signal: cancel.signal,
      onOutput: (output) => {
        seen.push(output);
        stop();
      },
    });
    await first;
    cancel.abort();
    const result = await running;
    assert.deepEqual(seen[0], { type: 'logs', logs: 'begun\n' });
    assert.equal(result.ok, false);
  });

  it('an image written to /mnt/data is shown, and is a file too', async () => {
    const result = await python.run(png);
    assert.equal(result.ok, true);
    assert.deepEqual(
      result.files.map(({ name }) => name),
      ['dot.png'],
    );
    const [image] = result.outputs;
    assert.ok(image?.type === 'image');
    assert.equal(image.name, 'dot.png');
    assert.deepEqual(Buffer.from(image.data), readFileSync(result.files[0]!.path));
  });

  it('a file that only claims to be an image is not shown as one', async () => {
    const result = await python.run('open("/mnt/data/fake.png", "w").write("<script>");');
    assert.deepEqual(result.outputs, []);
    assert.deepEqual(
      result.files.map(({ name }) => name),
      ['fake.png'],
    );
  });

  it('standard input is empty', async () => {
    assert.match(logsOf(await python.run('input("name? ")')), /EOFError/);
  });
});

describe('code interpreter: files', function () {
  this.timeout(slow);
  // Memory for one interpreter.
  const python = useInterpreter({ maxRunning: 1, memoryMb: () => 260 });

  it('input files are found in /mnt/data, the working directory', async () => {
    const path = join(python.folder, 'source');
    writeFileSync(path, 'a,b\n1,2\n');
    const inputs = [{ name: 'table.csv', path }];
    const result = await python.run('open("table.csv").read()', { inputs });
    assert.equal(logsOf(result), "'a,b\\n1,2\\n'\n");
    assert.deepEqual(result.files, []);
  });

  it('changes to an input file stay until another file is given under its name', async () => {
    const first = join(python.folder, 'first');
    const second = join(python.folder, 'second');
    writeFileSync(first, 'first');
    writeFileSync(second, 'second');
    const inputs = [{ name: 'note.txt', path: first }];
    await python.run('open("note.txt", "a").write(", changed");', { inputs });
    assert.equal(logsOf(await python.run('print(open("note.txt").read())', { inputs })), 'first, changed\n');
    const others = [{ name: 'note.txt', path: second }];
    assert.equal(logsOf(await python.run('print(open("note.txt").read())', { inputs: others })), 'second\n');
  });

  it('new and changed files are returned, whatever their size, and no others', async () => {
    const code = `import os
os.makedirs("deep/er", exist_ok=True)
open("empty.txt", "w").close()
open("deep/er/large.bin", "wb").write(bytes(range(256)) * 12_000)
open("ünï code.txt", "w").write("ok");`;
    const { files, ok } = await python.run(code);
    assert.equal(ok, true);
    assert.deepEqual(files.map(({ name, bytes }) => [name, bytes]).sort(), [
      ['deep/er/large.bin', 3_072_000],
      ['empty.txt', 0],
      ['ünï code.txt', 2],
    ]);
    const large = files.find(({ name }) => name.endsWith('large.bin'))!;
    assert.ok(readFileSync(large.path).equals(Buffer.alloc(3_072_000, Buffer.from([...Array(256).keys()]))));
    const next = await python.run('open("empty.txt", "w").write("x"); os.rename("ünï code.txt", "b.txt")');
    assert.deepEqual(next.files.map(({ name }) => name).sort(), ['b.txt', 'empty.txt']);
  });

  it('a file written again with the same content and length counts as changed', async () => {
    await python.run('open("again.txt", "w").write("1");');
    const result = await python.run('open("again.txt", "w").write("1");');
    assert.deepEqual(
      result.files.map(({ name }) => name),
      ['again.txt'],
    );
  });

  it('files whose names are invalid on some system are not saved, and named in a note', async () => {
    const result = await python.run(
      'open("a:b", "w").write("1"); open("con.txt", "w").write("1"); open("A.txt", "w"); open("a.txt", "w");',
    );
    assert.match(logsOf(result), /“a:b” was not saved[^]*“con\.txt” was not saved/);
    assert.deepEqual(
      result.files.map(({ name }) => name),
      ['A.txt'],
    );
  });

  it('after its interpreter was evicted a thread has its files, not its variables, and gets a note', async () => {
    await python.run('kept = 1\nopen("kept.txt", "w").write("still here")\nimport os; os.remove("A.txt")');
    await python.run('1', { thread: 'thread_other' });
    const result = await python.run(
      'import os\nprint(open("kept.txt").read(), os.path.exists("A.txt"))\nkept',
    );
    assert.equal(result.ok, false);
    assert.match(
      logsOf(result),
      /^\[Python was restarted: variables[^]*\]\nstill here False\nTraceback[^]*NameError: name 'kept'/,
    );
    assert.doesNotMatch(logsOf(await python.run('1')), /restarted/);
  });

  it('a thread that is forgotten leaves nothing', async () => {
    await python.interpreter.forget('thread_a');
    assert.equal(logsOf(await python.run('import os; os.listdir("/mnt/data")')), '[]\n');
  });

  it('a thread id that could be a path is refused', async () => {
    mkdirSync(join(python.folder, 'precious'));
    for (const thread of ['../precious', '', 'a/b', '..', 'a\\b']) {
      await assert.rejects(python.run('1', { thread }), /is not the id of a thread/);
      await assert.rejects(python.interpreter.forget(thread), /is not the id of a thread/);
    }
    const inputs = [{ name: '../../x', path: __filename }];
    assert.match(logsOf(await python.run('1', { inputs })), /“\.\.\/\.\.\/x” is \/mnt\/data\/\.\._\.\._x/);
    assert.equal(existsSync(join(python.folder, 'x')), false);
  });
});
