import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { logsOf, slow, useInterpreter } from './support';

describe('code interpreter: limits', function () {
  this.timeout(slow);
  const python = useInterpreter({
    limits: { timeMs: 3_000, memoryMb: 256, outputBytes: 10_000, diskBytes: 2_000_000 },
  });

  /** Sets a variable of another thread, which must survive whatever the first one does. */
  async function remember(): Promise<void> {
    await python.run('kept = 42', { thread: 'thread_b' });
  }

  async function assertUnharmed(): Promise<void> {
    assert.equal(logsOf(await python.run('kept', { thread: 'thread_b' })), '42\n');
  }

  before(remember);
  afterEach(assertUnharmed);

  it('an endless loop is stopped, and the next call has a fresh interpreter and says so', async () => {
    await python.run('before = 1\nopen("before.txt", "w").write("1");');
    const result = await python.run('print("started")\nopen("lost.txt", "w").write("1")\nwhile True: pass');
    assert.equal(result.ok, false);
    assert.match(logsOf(result), /^started\n\[The code was stopped: it ran for longer than 3 seconds\./);
    const next = await python.run('import os\nprint(sorted(os.listdir()))\nbefore');
    assert.match(logsOf(next), /^\[Python was restarted:[^]*\['before\.txt'\]\n[^]*NameError/);
  });

  it('a loop that catches everything is stopped as well', async () => {
    const result = await python.run(
      'while True:\n    try:\n        while True: pass\n    except BaseException: pass',
    );
    assert.match(logsOf(result), /stopped: it ran for longer/);
  });

  it('a program that uses all the memory gets Python’s MemoryError and can continue', async () => {
    const result = await python.run('all = []\nwhile True: all.append(bytearray(1_000_000))');
    assert.equal(result.ok, false);
    assert.match(logsOf(result), /MemoryError\n$/);
    assert.equal(logsOf(await python.run('all = None\nprint("on")')), 'on\n');
  });

  it('memory used outside of Python’s own ends the interpreter', async () => {
    const code = 'from pyodide.ffi import to_js\nall = []\nwhile True: all.append(to_js(bytes(20_000_000)))';
    const result = await python.run(code);
    assert.equal(result.ok, false);
    assert.match(logsOf(result), /stopped: it used more memory than allowed \(256 MB\)|interpreter crashed/);
  });

  it('a giant print is truncated, with a note', async () => {
    const result = await python.run('for _ in range(1_000): print("ü" * 10_000)');
    assert.equal(result.ok, true);
    const logs = logsOf(result);
    assert.match(logs, /\[Output is truncated here: it is longer than 10 KB\.\]\n$/);
    assert.ok(Buffer.byteLength(logs) < 10_300);
    assert.equal(logsOf(await python.run('print("next")')), 'next\n');
  });

  it('writing more than there is room for fails as on a full disk', async () => {
    const result = await python.run(
      'with open("big.bin", "wb") as file:\n    while True: file.write(bytes(100_000))',
    );
    assert.equal(result.ok, false);
    assert.match(logsOf(result), /OSError: .*No space left on device/);
    const removed = await python.run(
      'import os\nos.remove("big.bin")\nopen("small.bin", "wb").write(bytes(1_900_000))',
    );
    assert.equal(removed.ok, true);
    await python.run('os.remove("small.bin")');
  });

  it('a sparse file counts with its full size', async () => {
    const result = await python.run('with open("sparse.bin", "wb") as file: file.truncate(1_000_000_000)');
    assert.equal(result.ok, false);
    assert.match(logsOf(result), /No space left on device/);
    await python.run('os.remove("sparse.bin")');
  });

  it('an interpreter that crashes ends its call and no other', async () => {
    const result = await python.run('import ctypes\nctypes.memmove(0xfffffff0, b"x" * 4096, 4096)');
    assert.equal(result.ok, false);
    assert.match(logsOf(result), /The Python interpreter crashed\./);
    assert.match(logsOf(await python.run('1')), /restarted[^]*1\n$/);
  });

  it('recursion without end is an error of the program', async () => {
    const result = await python.run('def f(): return f()\nf()');
    assert.match(logsOf(result), /RecursionError/);
  });

  it('Python cannot start a thread, which would outlive the call', async () => {
    const result = await python.run('import threading\nthreading.Thread(target=print, args=("x",)).start()');
    assert.match(logsOf(result), /RuntimeError: can't start new thread/);
  });

  it('nothing that a call started continues after it', async () => {
    const code = `import asyncio
async def tick():
    while True:
        open("ticks.txt", "a").write("x")
        await asyncio.sleep(0)
task = asyncio.ensure_future(tick())
await asyncio.sleep(0.01)`;
    assert.equal((await python.run(code)).ok, true);
    const read = 'import os\nawait asyncio.sleep(0.05)\nprint(os.path.getsize("ticks.txt"), task.done())';
    const first = logsOf(await python.run(read));
    assert.match(first, /^\d+ True\n$/);
    await sleep(100);
    assert.equal(logsOf(await python.run(read)), first);
  });
});

describe('code interpreter: output of more than a megabyte', function () {
  this.timeout(slow);
  const python = useInterpreter();
  const megabyte = 1024 * 1024;
  const note = '[Output is truncated here: it is longer than 1 MB.]\n';

  const writes: [string, string, RegExp][] = [
    ['one print', 'print("y" * 2_000_000)', /^y+\n/],
    ['a value', '"y" * 5_000_000', /^'y+\n/],
    ['sys.stdout.write', 'import sys\nsys.stdout.write("y" * 3_000_000);', /^y+\n/],
    ['one write to stderr', 'import sys\nsys.stderr.write("y" * 3_000_000);', /^y+\n/],
    ['bytes', 'import sys\nsys.stdout.buffer.write(b"y" * 3_000_000);', /^y+\n/],
    ['many writes', 'for _ in range(20): print("y" * 300_000)', /^(y+\n)+/],
    ['an error', 'raise ValueError("y" * 3_000_000)', /^Traceback[^]*ValueError: y+\n/],
    ['print after a line', 'print("first")\nprint("y" * 1_500_000)', /^first\ny+\n/],
  ];
  for (const [what, code, begin] of writes) {
    it(`by ${what} is truncated after the first megabyte, with a note`, async () => {
      const logs = logsOf(await python.run(code));
      assert.ok(logs.endsWith(note), logs.slice(-200));
      assert.match(logs.slice(0, -note.length), new RegExp(`${begin.source}$`));
      const written = Buffer.byteLength(logs) - note.length;
      assert.ok(written === megabyte || written === megabyte + 1, `${written} bytes`);
    });
  }

  it('that is exactly a megabyte is whole', async () => {
    const logs = logsOf(await python.run(`print("y" * (${megabyte} - 1))`));
    assert.equal(logs.length, megabyte);
    assert.doesNotMatch(logs, /truncated/);
  });
});

describe('code interpreter: several calls', function () {
  this.timeout(slow);
  const python = useInterpreter({ maxRunning: 2 });

  it('a cancelled call ends within a second, and so does its interpreter', async () => {
    await python.run('1');
    const cancel = new AbortController();
    const running = python.run('while True: pass', { signal: cancel.signal });
    await sleep(200);
    cancel.abort();
    const first = await Promise.race([running, sleep(1_000, 'late')]);
    assert.ok(typeof first === 'object', 'it did not end');
    assert.equal(first.ok, false);
    assert.match(logsOf(first), /^\[The call was cancelled\./);
  });

  it('a call that is cancelled while it is queued never runs', async () => {
    const cancel = new AbortController();
    const running = python.run('import time\ntime.sleep(1)\nopen("first.txt", "w").write("1")');
    const waiting = python.run('open("second.txt", "w").write("2")', { signal: cancel.signal });
    cancel.abort();
    assert.match(logsOf(await waiting), /The call was cancelled/);
    await running;
    assert.match(logsOf(await python.run('import os\nos.listdir()')), /\['first\.txt'\]/);
  });

  it('calls of one thread wait for each other, calls of several do not', async () => {
    const order: string[] = [];
    const run = (thread: string, seconds: number, name: string) =>
      python
        .run(`import time\ntime.sleep(${seconds})`, { thread })
        .then(({ ok }) => order.push(ok ? name : `${name} failed`));
    await Promise.all([python.run('1', { thread: 'thread_a' }), python.run('1', { thread: 'thread_b' })]);
    await Promise.all([run('thread_a', 2, 'a1'), run('thread_a', 0, 'a2'), run('thread_b', 0, 'b1')]);
    assert.deepEqual(order, ['b1', 'a1', 'a2']);
  });

  it('more threads than interpreters take turns', async () => {
    const threads = ['thread_a', 'thread_b', 'thread_c'];
    const results = await Promise.all(threads.map((thread) => python.run(`"${thread}"`, { thread })));
    assert.deepEqual(
      results.map(({ ok }) => ok),
      [true, true, true],
    );
    results.forEach((result, at) => assert.ok(logsOf(result).endsWith(`'${threads[at]}'\n`)));
  });

  it('closing ends a running call with an error', async () => {
    const running = python.run('while True: pass');
    await sleep(100);
    await python.interpreter.close();
    const result = await running;
    assert.equal(result.ok, false);
  });
});
