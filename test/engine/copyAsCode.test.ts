import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';
import OpenAI from 'openai';
import ts from 'typescript';
import {
  type CodeTarget,
  codeFor,
  codeLanguages,
  quoteWord,
  servedModel,
} from '../../src/commands/threads/programText';
import { serve } from './served';
import { createTutor, temporaryFolder } from './support';

const question = 'I need to solve the equation `3x + 11 = 14`. Can you help me?';

/** A name that tries to get out of every place it is put in. */
const hostile = 'O\'Hara "the tutor" `${1}` */ """ \\\n\r\u2028import os\u2029\u0000 #{x} // 数学';

const target: CodeTarget = {
  assistant: { id: 'asst_1', name: 'Math Tutor' },
  serve: { line: 'npm run --silent serve' },
};

/** Runs a program as its user does, and gives what it printed. */
async function runTypeScript(
  code: string,
  baseURL: string,
  ...args: string[]
): Promise<{ printed: string; said: string; status: number | null }> {
  const outfile = join(temporaryFolder(), 'ask.js');
  await build({
    // Not in a folder of the repository, it finds the repository's `openai` all the same.
    stdin: { contents: code, loader: 'ts', resolveDir: process.cwd() },
    bundle: true,
    platform: 'node',
    outfile,
  });
  const env = { ...process.env, OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: 'local' };
  const child = spawn(process.execPath, [outfile, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { printed, said, status };
}

/** Python's syntax error for a program, if any; undefined if there is no Python. */
function pythonError(code: string): string | undefined {
  const compiled = spawnSync('python3', ['-c', 'import sys; compile(sys.stdin.read(), "ask.py", "exec")'], {
    input: code,
    encoding: 'utf8',
  });
  return compiled.error ? undefined : compiled.stderr;
}

/** The statements that Python reads in a program's bytes; undefined if there is no Python. */
function statementsOf(code: string): string | undefined {
  const script = 'import ast, sys; print(ast.dump(ast.parse(sys.stdin.buffer.read())))';
  const { error, stdout, stderr } = spawnSync('python3', ['-c', script], { input: code, encoding: 'utf8' });
  if (error) return undefined;
  assert.equal(stderr, '');
  return stdout;
}

/** What the TypeScript compiler says of a program, with everything strict. */
function typeErrors(code: string): string[] {
  const file = join(process.cwd(), 'ask.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  const onDisk = { ...host };
  host.fileExists = (name) => name === file || onDisk.fileExists(name);
  host.getSourceFile = (name, language) =>
    name === file ? ts.createSourceFile(name, code, language) : onDisk.getSourceFile(name, language);
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('an assistant or a thread, copied as code', () => {
  it('continues the thread: asks in it, and prints the answer', async () => {
    const { baseURL } = await serve('--data-dir', temporaryFolder());
    const client = new OpenAI({ apiKey: 'local', baseURL });
    const assistant = await createTutor(client, { name: hostile.replace('\u0000', '') });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: question }] });
    await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });

    const code = codeFor('typescript', {
      ...target,
      assistant: { id: assistant.id, name: assistant.name ?? '' },
      thread: { id: thread.id, title: hostile },
    });
    const { printed, said, status } = await runTypeScript(code, baseURL, 'Could you explain this to me?');
    assert.deepEqual([said, status], ['', 0]);
    assert.match(printed, /11.*x = 1/s);
    const { data } = await client.beta.threads.messages.list(thread.id, { order: 'asc' });
    assert.deepEqual(
      data.map(({ role }) => role),
      ['user', 'assistant', 'user', 'assistant'],
    );
    const [answer] = data[3]?.content ?? [];
    assert.ok(answer?.type === 'text' && printed.trim() === answer.text.value.trim());
  });

  it('asks an assistant in a thread of its own', async () => {
    const { baseURL } = await serve();
    const assistant = await createTutor(new OpenAI({ apiKey: 'local', baseURL }));
    const code = codeFor('typescript', { ...target, assistant: { id: assistant.id, name: 'Math Tutor' } });
    const { printed, status } = await runTypeScript(code, baseURL, question);
    assert.equal(status, 0);
    assert.match(printed, /x = 1/);
  });

  it('says which functions it lacks, and frees the thread', async () => {
    const { baseURL } = await serve();
    const client = new OpenAI({ apiKey: 'local', baseURL });
    const quiz = { name: 'display_quiz', parameters: { type: 'object', properties: {} } };
    const assistant = await createTutor(client, { tools: [{ type: 'function', function: quiz }] });
    const thread = await client.beta.threads.create();
    const code = codeFor('typescript', {
      ...target,
      assistant: { id: assistant.id, name: 'Quiz Tutor' },
      thread: { id: thread.id, title: 'Quiz' },
    });
    const { said, status } = await runTypeScript(code, baseURL, 'Make a quiz with 2 questions.');
    assert.equal(status, 1);
    assert.match(said, /functions that this program does not have: display_quiz/);
    await client.beta.threads.messages.create(thread.id, { role: 'user', content: 'Never mind.' });
  });

  it('says that the assistant is gone', async () => {
    const { baseURL } = await serve();
    const { said, status } = await runTypeScript(codeFor('typescript', target), baseURL, 'Hello');
    assert.equal(status, 1);
    assert.match(said, /No assistant found with id 'asst_1'/);
  });

  for (const language of codeLanguages) {
    it(`lets no name out of its literals and comments: ${language}`, function () {
      this.timeout(60_000);
      const code = codeFor(language, {
        assistant: { id: hostile, name: hostile },
        thread: { id: hostile, title: hostile },
        model: hostile,
        serve: servedModel(hostile, hostile, {
          id: 'x',
          server: { kind: 'responses', baseUrl: hostile },
        }).serve,
      });
      const plain = codeFor(language, { ...target, thread: { id: 'thread_1', title: 'Plain' }, model: 'm' });
      const statements = (text: string) =>
        text.split(/\r\n|[\n\r\u2028\u2029]/).filter((line) => !/^(#|\/\/)/.test(line)).length;
      assert.equal(statements(code), statements(plain));
      const faults = language === 'python' ? (pythonError(code) ?? '') : typeErrors(code).join('\n');
      assert.equal(faults, '');
    });
  }

  // Python decodes a file as a comment in its first two lines says; tools read other comments anywhere.
  for (const title of [
    'Encoding: how does UTF-8 work?',
    'coding: unicode_escape \\nprint("out")\\n#',
    '-*- coding: utf-7 -*- +AAo-print("out")',
    '\ufeff#!/bin/sh\fcoding: rot13',
    'vim: set fileencoding=utf-16 :',
    '//# sourceMappingURL=http://example.com/a.map',
    '\u202e"out"(tnirp\u2066\u0085\u2028print("out")',
  ]) {
    for (const server of [
      { line: 'npm run --silent serve' },
      { baseUrl: 'http://127.0.0.1:8000/v1/$(touch out)' },
    ]) {
      it(`is the same program with another name: ${encodeURI(title)} ${'line' in server ? 'here' : 'at a server'}`, () => {
        const named = (name: string): CodeTarget => ({
          assistant: { id: 'asst_1', name },
          thread: { id: 'thread_1', title: name },
          serve: server,
        });
        for (const language of codeLanguages) {
          const code = codeFor(language, named(title)).split('\n');
          const plain = codeFor(language, named('Plain')).split('\n');
          const other = code.flatMap((line, index) => (line === plain[index] ? [] : index));
          assert.ok(other.length === 1 && other[0]! >= 5, `Lines ${other.join()} differ`);
          assert.match(
            code[other[0]!]!,
            /^(#|\/\/) Continues the thread “.*”, answered by the assistant “.*”\.$/,
          );
          assert.doesNotMatch(
            code.join('\n'),
            /\/\/[#@]\s*sourceMappingURL|[^\P{Cc}\n]|[\u2028\u202e\u2066\ufeff]/u,
          );
          assert.doesNotMatch(code.join('\n'), /[^']http[^ ]*\$\(/);
        }
        assert.equal(
          statementsOf(codeFor('python', named(title))),
          statementsOf(codeFor('python', named('Plain'))),
        );
      });
    }
  }

  it('names the model with its connection, as the server of the code does', () => {
    const ollama = {
      id: 'ollama',
      server: { kind: 'chat-completions' as const, baseUrl: 'http://127.0.0.1:11434/v1' },
    };
    const served = servedModel('/home/me/data', 'ollama/qwen3:4b', ollama);
    assert.equal(served.model, 'ollama/qwen3:4b');
    // An id without a connection belongs to the default one, which may be another by the time it runs.
    assert.equal(servedModel('/data', 'qwen3:4b', ollama).model, 'ollama/qwen3:4b');
    assert.equal(servedModel('/data', 'org/model', ollama).model, 'ollama/org/model');
    assert.equal(
      served.serve.line,
      'npm run --silent serve -- --data-dir /home/me/data --model-api chat-completions --model-base-url http://127.0.0.1:11434/v1 --model-connection ollama',
    );
    const code = codeFor('python', { ...target, ...served });
    assert.match(code, /model="ollama\/qwen3:4b",/);
    assert.match(code, /--model-api chat-completions/);
  });

  it('leaves the demo as it is, and says that VS Code’s models stay in VS Code', () => {
    const demo = servedModel('/data', 'demo/tutor', { id: 'demo' });
    assert.deepEqual(demo, { serve: { line: 'npm run --silent serve -- --data-dir /data' } });
    const { serve: command } = servedModel('/data', 'vscode/copilot/gpt', { id: 'vscode' });
    assert.match(command.note ?? '', /inside VS Code alone/);
  });

  it('says that the connection of a model does not exist', () => {
    const { model, serve: command } = servedModel('/data', 'gone/gpt', { id: undefined });
    assert.equal(model, undefined);
    assert.match(command.note ?? '', /connection of the assistant's model does not exist/);
  });

  it('quotes a folder with spaces', () => {
    const { serve: command } = servedModel("/Users/me/O'Hara Support", 'demo/tutor', { id: 'demo' });
    const word =
      process.platform === 'win32' ? `"/Users/me/O'Hara Support"` : `'/Users/me/O'\\''Hara Support'`;
    assert.ok(command.line.endsWith(`--data-dir ${word}`), command.line);
  });

  it('quotes every character that a shell expands', () => {
    const folder = "/a b/$(touch out)/`x`/%PATH%/it's";
    assert.equal(quoteWord(folder, 'linux'), "'/a b/$(touch out)/`x`/%PATH%/it'\\''s'");
    assert.equal(quoteWord('C:\\My Data', 'win32'), '"C:\\My Data"');
    assert.equal(quoteWord(folder, 'win32'), "'/a b/$(touch out)/`x`/%PATH%/it''s'");
    const { stdout, error } = spawnSync('sh', ['-c', `printf %s ${quoteWord(folder, 'linux')}`], {
      encoding: 'utf8',
    });
    if (!error) assert.equal(stdout, folder);
  });
});
