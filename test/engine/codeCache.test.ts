import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CodeCache } from '../../src/start/codeCache';
import { until } from './until';

describe('the cache of compiled code', () => {
  let parent: string;
  let folder: string;
  let cache: string;
  const opened: CodeCache[] = [];

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'assistants-studio-code-'));
    folder = join(parent, 'modules');
    cache = join(parent, 'cache');
    mkdirSync(folder);
  });

  afterEach(() => {
    for (const code of opened.splice(0)) code.dispose();
    rmSync(parent, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Loads a module as another window would. */
  function load(name: string, delay = 0): unknown {
    const code = new CodeCache(folder, cache, (id) => ({ other: id }), delay);
    opened.push(code);
    return code.require(`./${name}`);
  }

  const write = (name: string, source: string): void => writeFileSync(join(folder, name), source);
  const cacheOf = (name: string): string => join(cache, `${name}.cache`);
  const names = (): string[] => {
    try {
      return readdirSync(cache).sort();
    } catch {
      return [];
    }
  };
  const written = (...expected: string[]): Promise<boolean> =>
    until('the compiled code is written', async () => {
      // Let what else is under way end.
      await new Promise((resolve) => setTimeout(resolve, 10));
      return names().join() === expected.map((name) => `${name}.cache`).join();
    });

  it('loads modules that require one another, and others, each once', async () => {
    write('a.js', `exports.early = 1; exports.b = require('./b.js'); exports.fs = require('node:fs');`);
    write('b.js', `exports.early = require('./a.js').early; exports.again = require('./a.js');`);
    for (const from of ['source', 'cache']) {
      const a = load('a.js') as { b: { early: number; again: unknown }; fs: unknown };
      assert.equal(a.b.early, 1, from);
      assert.equal(a.b.again, a, from);
      assert.deepEqual(a.fs, { other: 'node:fs' }, from);
      await written('a.js', 'b.js');
    }
  });

  it('gives modules their place, and errors theirs', async () => {
    const source = `module.exports = [__dirname, __filename, this === exports, new Error('here').stack];`;
    write('a.js', source);
    const place = `${join(folder, 'a.js')}:1:${source.indexOf('new Error') + 1}`;
    for (const from of ['source', 'cache']) {
      const [dir, file, isExports, stack] = load('a.js') as [string, string, boolean, string];
      assert.deepEqual([dir, file], [folder, join(folder, 'a.js')], from);
      assert.ok(stack.includes(place), stack);
      assert.equal(isExports, true);
      await written('a.js');
    }
  });

  it('runs the code that an earlier window compiled', async () => {
    write('a.js', 'exports.value = 1;');
    load('a.js');
    await written('a.js');
    // As if that code were the code of the next source.
    const content = readFileSync(cacheOf('a.js'));
    content.writeUInt32LE(crc32('exports.value = 2;'), 0);
    writeFileSync(cacheOf('a.js'), content);
    write('a.js', 'exports.value = 2;');
    assert.deepEqual(load('a.js'), { value: 1 });
  });

  it('compiles a module anew that has changed, also when its length has not', async () => {
    write('a.js', 'exports.value = 1;');
    load('a.js');
    await written('a.js');
    const before = readFileSync(cacheOf('a.js'));
    write('a.js', 'exports.value = 2;');
    assert.deepEqual(load('a.js'), { value: 2 });
    await until('it is written anew', () => !readFileSync(cacheOf('a.js')).equals(before));
    assert.deepEqual(load('a.js'), { value: 2 });
  });

  it('compiles a module anew whose compiled code is damaged, cut off or empty', async () => {
    write('a.js', 'exports.value = () => 1;');
    load('a.js');
    await written('a.js');
    const sound = readFileSync(cacheOf('a.js'));
    const flipped = (at: number): Buffer => {
      const content = Buffer.from(sound);
      content[at]! ^= 0xff;
      return content;
    };
    const damages = [
      ...[0, 4, 8, sound.length - 1].map(flipped),
      ...[0, 3, 8, sound.length - 1].map((length) => sound.subarray(0, length)),
    ];
    for (const [index, content] of damages.entries()) {
      writeFileSync(cacheOf('a.js'), content);
      assert.equal((load('a.js') as { value: () => number }).value(), 1);
      await until('it is written anew', () => !readFileSync(cacheOf('a.js')).equals(content));
      assert.deepEqual(names(), ['a.js.cache'], `damage ${index}`);
    }
  });

  it('compiles a module anew whose compiled code another version of V8 wrote', async () => {
    write('a.js', 'exports.value = () => 1;');
    load('a.js');
    await written('a.js');
    const content = readFileSync(cacheOf('a.js'));
    // The version is in the second word of the data. The source is a new one: V8 would know one that it has compiled.
    content[12]! ^= 0xff;
    content.writeUInt32LE(crc32(content.subarray(8)), 4);
    content.writeUInt32LE(crc32('exports.value = () => 2;'), 0);
    writeFileSync(cacheOf('a.js'), content);
    write('a.js', 'exports.value = () => 2;');
    assert.equal((load('a.js') as { value: () => number }).value(), 2);
    await until('it is written anew', () => !readFileSync(cacheOf('a.js')).equals(content));
  });

  it('deletes the compiled code of modules that are gone', async () => {
    write('a.js', '');
    mkdirSync(cache);
    writeFileSync(cacheOf('old-ABC.js'), 'old');
    writeFileSync(join(cache, 'left.partial'), 'left');
    load('a.js');
    await written('a.js');
  });

  it('loads modules when nothing can be written', async () => {
    write('a.js', 'exports.value = 1;');
    writeFileSync(cache, 'a file in the place of the folder');
    assert.deepEqual(load('a.js'), { value: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(readdirSync(parent).sort(), ['cache', 'modules']);
    assert.deepEqual(load('a.js'), { value: 1 });
  });

  it('writes nothing after it is disposed', async () => {
    write('a.js', 'exports.value = 1;');
    load('a.js', 20);
    opened[0]!.dispose();
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.deepEqual(names(), []);
  });

  it('loads a module again whose loading failed', () => {
    const code = new CodeCache(folder, cache, require);
    opened.push(code);
    assert.throws(() => code.require('./a.js'), { code: 'ENOENT' });
    write('a.js', `throw new Error('not now');`);
    assert.throws(() => code.require('./a.js'), /not now/);
    write('a.js', 'exports.value = 1;');
    assert.deepEqual(code.require('./a.js'), { value: 1 });
  });
});
