import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { logsOf, slow, useInterpreter } from './support';

/** Process ids of the running children of this process (Linux only). */
function children(): number[] {
  const text = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

// These tests read /proc.

if (process.platform === 'linux') describe('code interpreter: its process', itsProcess);

function itsProcess(this: Mocha.Suite): void {
  this.timeout(slow);
  const python = useInterpreter({ idleMs: 1_500 });
  let before: number[];

  const started = () => children().filter((pid) => !before.includes(pid));

  beforeEach(() => {
    before = children();
  });

  it('has no environment and no open files but its channel', async () => {
    process.env['CODE_INTERPRETER_TEST_SECRET'] = 'secret';
    await python.run('1');
    delete process.env['CODE_INTERPRETER_TEST_SECRET'];
    const [pid, ...others] = started();
    assert.ok(pid);
    assert.deepEqual(others, []);
    assert.equal(readFileSync(`/proc/${pid}/environ`, 'utf8'), 'ELECTRON_RUN_AS_NODE=1\0');
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    const files = open.filter((target) => !/^(socket|pipe|anon_inode):/.test(target));
    assert.deepEqual(
      files.filter((target) => target !== '/dev/null'),
      [],
    );
    await until(() => started().length === 0);
  });

  it('is ended when it is idle, and the thread continues with another', async () => {
    await python.run('kept = 1');
    assert.equal(started().length, 1);
    await until(() => started().length === 0);
    assert.match(logsOf(await python.run('kept')), /restarted[^]*NameError/);
    await until(() => started().length === 0);
  });

  it('is started ahead of its use, once', async () => {
    python.interpreter.warmUp();
    python.interpreter.warmUp();
    await until(() => started().length === 1);
    const [warm] = started();
    await python.run('1', { thread: 'thread_warm' });
    assert.deepEqual(started(), [warm]);
    await until(() => started().length === 0);
  });

  it('is gone once the thread is forgotten', async () => {
    await python.run('1', { thread: 'thread_gone' });
    await python.interpreter.forget('thread_gone');
    assert.deepEqual(started(), []);
  });
}

describe('Pyodide without a sandbox', function () {
  this.timeout(slow);

  it('gives Python full access to Node, which is why the sandbox exists', () => {
    const program = `const { loadPyodide } = require('pyodide');
loadPyodide().then((pyodide) => {
  const attempts = [
    'import js\\njs.process.env.PRIZE',
    'import pyodide.code\\npyodide.code.run_js("process.env.PRIZE")',
    'from pyodide.ffi import to_js\\nto_js([1]).constructor.constructor("return process.env.PRIZE")()',
    'import os, pyodide_js\\nos.mkdir("/host")\\npyodide_js.mountNodeFS("/host", "/")\\n"won" if len(os.listdir("/host")) else ""',
  ];
  console.log(attempts.map((code) => pyodide.runPython(code)).join());
});`;
    const { stdout } = spawnSync(process.execPath, ['-e', program], {
      env: { ...process.env, PRIZE: 'won' },
      encoding: 'utf8',
    });
    assert.equal(stdout, 'won,won,won,won\n');
  });
});
