import assert from 'node:assert/strict';
import { logsOf, slow, useInterpreter } from './support';

/** Megabytes for so many interpreters and no more: one takes 165 to 195. */
const enoughFor = { one: 260, two: 440, three: 620 };

/** Runs code in a thread and returns what it printed; a note tells if the thread has lost its variables. */
type Say = (thread: string, code: string) => Promise<string>;

function sayIn(python: ReturnType<typeof useInterpreter>): Say {
  return async (thread, code) => logsOf(await python.run(code, { thread }));
}

async function set(say: Say, threads: readonly string[]): Promise<void> {
  for (const thread of threads) await say(thread, `name = "${thread}"`);
}

/** Those of the threads whose variables are still there. None of them loses its place by being asked. */
async function kept(say: Say, threads: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  // The newest first: a thread that has lost its interpreter gets another one, for which an older one may have to go.
  for (const thread of [...threads].reverse())
    if ((await say(thread, 'name')) === `'${thread}'\n`) found.unshift(thread);
  return found;
}

describe('code interpreter: several threads', function () {
  this.timeout(4 * slow);

  describe('with memory for all', () => {
    const say = sayIn(useInterpreter({ memoryMb: () => 4_096 }));

    it('have their variables, however many they are', async () => {
      const threads = ['a', 'b', 'c', 'd', 'e'];
      await set(say, threads);
      assert.deepEqual(await kept(say, threads), threads);
    });
  });

  describe('with memory for two', () => {
    const say = sayIn(useInterpreter({ memoryMb: () => enoughFor.two }));

    it('lose them if theirs were used the longest time ago, which they are told', async () => {
      await set(say, ['a', 'b']);
      await say('a', 'name');
      await say('c', 'name = "c"');
      assert.deepEqual(await kept(say, ['a', 'c']), ['a', 'c']);
      assert.match(await say('b', '1'), /^\[Python was restarted: variables/);
    });
  });

  describe('of which one takes much memory', () => {
    const say = sayIn(useInterpreter({ memoryMb: () => 800 }));

    it('leave it to this one', async () => {
      await set(say, ['a', 'b', 'c']);
      await say('c', 'large = b"x" * 600_000_000');
      assert.deepEqual(await kept(say, ['a', 'b', 'c']), ['c']);
    });
  });

  describe('that run code at the same time', () => {
    const python = useInterpreter({ memoryMb: () => enoughFor.one, maxRunning: 8 });
    const say = sayIn(python);

    it('wait for one another if there is no memory for all, and none is stopped', async () => {
      const threads = ['a', 'b', 'c'];
      const wait = 'import time\nbegan = time.time()\ntime.sleep(1)\nprint(began, time.time())';
      const logs = await Promise.all(threads.map((thread) => say(thread, wait)));
      const spans = logs.map((text) => text.trim().split(' ').map(Number)).sort((x, y) => x[0]! - y[0]!);
      for (const [at, [, end]] of spans.entries()) {
        const next = spans[at + 1]?.[0] ?? Infinity;
        assert.ok(end! <= next, JSON.stringify(spans));
      }
    });

    it('leave their turn when they are cancelled', async () => {
      const cancel = new AbortController();
      const running = say('d', 'import time\ntime.sleep(1)');
      const waiting = python.run('1', { thread: 'e', signal: cancel.signal });
      const last = say('f', '3');
      cancel.abort();
      assert.match(logsOf(await waiting), /The call was cancelled/);
      assert.equal(await running, '');
      assert.match(await last, /^3\n$/);
    });
  });

  describe('with less memory than one takes', () => {
    const say = sayIn(useInterpreter({ memoryMb: () => 50, spare: true }));

    it('can run code all the same, and the last one keeps its variables', async () => {
      await set(say, ['a', 'b']);
      assert.deepEqual(await kept(say, ['a', 'b']), ['b']);
    });
  });

  describe('whose limit is changed', () => {
    let limit = enoughFor.three;
    const say = sayIn(useInterpreter({ memoryMb: () => limit }));

    it('follow it at the next call', async () => {
      await set(say, ['a', 'b', 'c']);
      limit = enoughFor.one;
      await say('c', 'name');
      assert.deepEqual(await kept(say, ['a', 'b', 'c']), ['c']);
    });
  });
});
