import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import type { ToolBinding } from '../../src/functions/toolHandler';
import { WorkspaceFunctions } from '../../src/functions/tools/workspaceFunctions';
import { windowsProgram } from '../../src/functions/tools/commandLine';
import { until } from './support';

const run = {} as Run;
const never = new vscode.CancellationTokenSource().token;
const settings = () => vscode.workspace.getConfiguration('assistantsStudio.functions');

const schema = {
  description: 'Adds two numbers.',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
};

const addInPython = 'import json, sys\nargs = json.load(sys.stdin)\nprint(args["a"] + args["b"])\n';
const addInJavaScript = `
  let text = '';
  process.stdin.on('data', (chunk) => (text += chunk));
  process.stdin.on('end', () => { const { a, b } = JSON.parse(text); console.log(a + b); });
`;
const addInModule = `
  import { readFileSync } from 'node:fs';
  const { a, b } = JSON.parse(readFileSync(0, 'utf8'));
  console.log(a + b);
`;
const addInTypeScript = `
  const { readFileSync } = require('node:fs');
  const { a, b }: { a: number; b: number } = JSON.parse(readFileSync(0, 'utf8'));
  console.log(a + b);
`;

describe('a workspace function', () => {
  let root: string;
  let folder: string;
  let functions: WorkspaceFunctions;

  before(() => {
    root = realpathSync(vscode.workspace.workspaceFolders![0]!.uri.fsPath);
    folder = path.join(root, '.assistants', 'functions');
  });

  beforeEach(() => {
    mkdirSync(folder, { recursive: true });
    functions = new WorkspaceFunctions();
  });

  afterEach(async () => {
    functions.dispose();
    rmSync(path.join(root, '.assistants'), { recursive: true, force: true });
    for (const name of ['timeLimit', 'python']) {
      await settings().update(name, undefined, vscode.ConfigurationTarget.Global);
    }
  });

  /** Writes a program and its schema into the functions folder. */
  const write = (program: string, source: string, description: unknown = schema): void => {
    writeFileSync(path.join(folder, program), source);
    writeFileSync(path.join(folder, `${path.parse(program).name}.json`), JSON.stringify(description));
  };

  const bindingOf = (name: string): ToolBinding => {
    const found = functions.find({ name, arguments: '{}' }, run);
    ok(found, `Nobody answers ${name}.`);
    return found;
  };

  const reasonOf = (name: string): string => {
    const { describe } = bindingOf(name);
    return describe.kind === 'refused' ? describe.reason : `It would run: ${JSON.stringify(describe)}`;
  };

  for (const [program, source] of [
    ['add.py', addInPython],
    ['add.js', addInJavaScript],
    ['add.mjs', addInModule],
    ['add.ts', addInTypeScript],
  ] as const) {
    it(`reads its arguments from standard input, and answers with its output: ${program}`, async () => {
      write(program, source);
      equal(await bindingOf('add').run({ a: 2, b: 3 }, never), '5');
    });
  }

  it('shows its file and the command that runs', () => {
    write('add.py', addInPython);
    const file = path.join('.assistants', 'functions', 'add.py');
    deepEqual(bindingOf('add').describe, { kind: 'workspaceFunction', file, command: `python3 ${file}` });
  });

  it('runs in the workspace’s folder', async () => {
    write('where.js', 'console.log(process.cwd())');
    equal(await bindingOf('where').run({}, never), root);
  });

  it('runs with the Python of the settings', async () => {
    write('add.py', addInPython);
    await settings().update('python', '/no/python', vscode.ConfigurationTarget.Global);
    match(JSON.stringify(bindingOf('add').describe), /"command":"\/no\/python /);
    await rejects(bindingOf('add').run({}, never), /There is no program “\/no\/python”/);
  });

  it('runs on Windows with the Python of PATH, never with a program of the workspace', () => {
    const there = ['C:\\work\\py.exe', 'C:\\Tools\\py.exe', 'C:\\Tools\\python3.12.exe'];
    const find = (name: string, Path: string) =>
      windowsProgram(name, { Path, SystemRoot: 'C:\\Windows' }, (file) => there.includes(file));
    equal(find('py', '.;;C:\\None;"C:\\Tools"'), 'C:\\Tools\\py.exe');
    equal(find('python3.12', 'C:\\Tools'), 'C:\\Tools\\python3.12.exe');
    equal(find('py.exe', 'C:\\Tools'), 'C:\\Tools\\py.exe');
    equal(find('py', '.;work'), 'C:\\Windows\\py.exe');
    equal(find('D:\\python.exe', ''), 'D:\\python.exe');
  });

  it('has the user’s environment, and nothing of VS Code’s own', async () => {
    write('env.js', 'console.log(JSON.stringify(process.env))');
    const names = Object.keys(JSON.parse(await bindingOf('env').run({}, never)) as object);
    ok(names.includes('PATH'));
    deepEqual(
      names.filter((name) => /^(VSCODE|ELECTRON|ASSISTANTS_STUDIO)_/.test(name)),
      [],
    );
  });

  it('has the name in its schema, if there is one', async () => {
    write('add.py', addInPython, { name: 'add_numbers', ...schema });
    equal(functions.find({ name: 'add', arguments: '' }, run), undefined);
    equal(await bindingOf('add_numbers').run({ a: 1, b: 1 }, never), '2');
  });

  it('may be described by a JSON Schema alone', () => {
    write('add.py', addInPython, { ...schema.parameters, description: 'Adds.' });
    deepEqual(functions.list()[0]?.definition, {
      name: 'add',
      description: 'Adds.',
      parameters: schema.parameters,
    });
  });

  it('needs a schema', () => {
    writeFileSync(path.join(folder, 'helper.py'), addInPython);
    deepEqual(functions.list(), []);
  });

  it('with a bad schema is refused, and says what is wrong and where', () => {
    write('add.py', addInPython);
    writeFileSync(path.join(folder, 'add.json'), '{\n  "parameters": 5\n}');
    match(reasonOf('add'), /^add\.json: Line 2: .*JSON Schema of an object/);
  });

  it('that fails reports its exit code and the end of its standard error', async () => {
    write('fail.py', 'import sys\nprint("half")\nsys.exit("No such city.")');
    await rejects(bindingOf('fail').run({}, never), /exit code 1\.\nNo such city\./);
  });

  it('need not read its arguments', async () => {
    write('deaf.js', 'process.stdin.destroy(); console.log("done")');
    equal(await bindingOf('deaf').run({ text: 'x'.repeat(2_000_000) }, never), 'done');
  });

  it('that writes without end is stopped', async () => {
    write('flood.js', 'const line = "x".repeat(65536); for (;;) require("node:fs").writeSync(1, line);');
    await rejects(bindingOf('flood').run({}, never), /more than 1048576 bytes of output/);
  });

  it('that takes too long is stopped', async () => {
    await settings().update('timeLimit', 1, vscode.ConfigurationTarget.Global);
    write('hang.py', 'import time\ntime.sleep(3600)');
    await rejects(bindingOf('hang').run({}, never), /did not finish within 1 seconds/);
  });

  describe('that hangs, with a child process', () => {
    const hang = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      require('node:fs').writeFileSync('pids', process.pid + ' ' + child.pid);
      setInterval(() => {}, 1000);
    `;
    const pids = (): string => path.join(root, 'pids');
    const started = (): Promise<number[]> =>
      until('both run', () => {
        const numbers = existsSync(pids()) ? readFileSync(pids(), 'utf8').split(' ').map(Number) : [];
        return numbers.length === 2 && numbers;
      });
    const areGone = (ids: number[]): Promise<boolean> => until('both are gone', () => !ids.some(isRunning));

    afterEach(() => rmSync(pids(), { force: true }));

    it('is stopped with it', async () => {
      write('hang.js', hang);
      const source = new vscode.CancellationTokenSource();
      const answer = rejects(bindingOf('hang').run({}, source.token), vscode.CancellationError);
      const ids = await started();
      source.cancel();
      await answer;
      await areGone(ids);
    });

    it('ends with the window', async () => {
      write('hang.js', hang);
      const answer = rejects(bindingOf('hang').run({}, never));
      const ids = await started();
      functions.dispose();
      await answer;
      await areGone(ids);
    });

    it('does not keep a program that has ended waiting, even in another process group', async () => {
      const group = "{ stdio: 'inherit', detached: true }";
      write(
        'leave.js',
        `${hang.replace("{ stdio: 'inherit' }", group)} console.log("left"); process.exit();`,
      );
      equal(await bindingOf('leave').run({}, never), 'left');
      const [, child] = await started();
      process.kill(child!);
    });

    it('does not keep a program that has ended waiting', async () => {
      write(
        'leave.js',
        hang.replace('setInterval(() => {}, 1000);\n', 'console.log("left"); process.exit();\n'),
      );
      equal(await bindingOf('leave').run({}, never), 'left');
      await areGone(await started());
    });
  });

  it('that points outside the folder is refused', () => {
    const outside = path.join(root, 'outside.py');
    writeFileSync(outside, addInPython);
    symlinkSync(outside, path.join(folder, 'out.py'));
    writeFileSync(path.join(folder, 'out.json'), JSON.stringify(schema));
    match(reasonOf('out'), /out\.py points outside the folder/);
    rmSync(outside);
  });

  it('in a folder that points outside the workspace is refused', () => {
    const outside = path.join(root, '..', 'functions-of-others');
    mkdirSync(outside, { recursive: true });
    rmSync(folder, { recursive: true });
    symlinkSync(outside, folder);
    write('add.py', addInPython);
    match(reasonOf('add'), /add\.py points outside the folder/);
    rmSync(outside, { recursive: true });
  });

  it('whose file is replaced before it runs is not run', async () => {
    write('add.py', addInPython);
    const shown = bindingOf('add');
    rmSync(path.join(folder, 'add.py'));
    write('add.js', addInJavaScript);
    await rejects(shown.run({ a: 1, b: 1 }, never), /has changed; nothing was run/);
  });

  it('cannot be called by a path', () => {
    write('add.py', addInPython);
    equal(functions.find({ name: '../functions/add', arguments: '' }, run), undefined);
  });

  it('is refused in a workspace that is not trusted, and not run', async () => {
    functions.dispose();
    functions = new WorkspaceFunctions(() => false);
    write('add.py', addInPython);
    match(reasonOf('add'), /only once you trust it/);
    await rejects(bindingOf('add').run({ a: 1, b: 1 }, never), /only once you trust it/);
  });
});

function isRunning(pid: number): boolean {
  try {
    // A zombie process still has its process id.
    if (process.platform === 'linux')
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
