import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import OpenAI, { toFile } from 'openai';
import * as z from 'zod';
import manifest from '../../package.json';
import { Folders } from '../../src/agentTools/folders';
import { inputs } from '../../src/agentTools/inputs';
import { slow } from './codeInterpreter/support';
import { serve } from './served';
import { afterTest, temporaryFolder, until } from './support';

const program = `require(${JSON.stringify(resolve('dist/main.js'))}).runCommand(process.argv.slice(1))`;

/** The SDK's own client, connected to a server in a process of its own. */
async function connect(args: readonly string[], env: Record<string, string> = {}): Promise<Client> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...args],
    env,
    stderr: 'inherit',
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  afterTest(() => client.close());
  return client;
}

function mcp(...options: string[]): Promise<Client> {
  return connect(['-e', program, 'mcp', ...options]);
}

async function call(client: Client, name: string, args: Record<string, unknown>): Promise<CallToolResult> {
  return (await client.callTool({ name, arguments: args })) as CallToolResult;
}

function textOf({ content }: CallToolResult): string {
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

/** A client of the Assistants API over the same data. */
async function openaiOver(dataDir: string): Promise<OpenAI> {
  const { baseURL } = await serve('--data-dir', dataDir);
  return new OpenAI({ apiKey: 'any', baseURL });
}

it('a path on a server, which Windows would sign in to, is refused without being looked up', async () => {
  const looked: string[] = [];
  const folders = new Folders([temporaryFolder()], async (path) => {
    looked.push(path);
    return realpath(path);
  });
  for (const path of ['//server/share/a.txt', '\\\\server\\share\\a.txt'])
    await assert.rejects(folders.read(path), /is not in a folder that is open to this tool/);
  assert.ok(!looked.some((path) => path.includes('server')), looked.join());
});

describe('the MCP server', function () {
  // Several interpreters start, slowly on a busy machine.
  this.timeout(3 * slow);

  it('lists the tools of VS Code, with their descriptions', async () => {
    const client = await mcp();
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
      manifest.contributes.languageModelTools.map(({ toolReferenceName, modelDescription, inputSchema }) => ({
        name: toolReferenceName,
        description: modelDescription,
        inputSchema,
      })),
    );
    assert.equal(client.getServerVersion()?.version, manifest.version);
  });

  it('describes exactly the inputs that it accepts', () => {
    for (const { toolReferenceName, inputSchema } of manifest.contributes.languageModelTools) {
      const accepted = z.toJSONSchema(inputs[toolReferenceName as keyof typeof inputs]);
      assert.deepEqual(Object.keys(inputSchema.properties), Object.keys(accepted.properties ?? {}));
      assert.deepEqual(inputSchema.required, accepted.required);
    }
  });

  it('runs Python in a session, and returns its text, images and files', async () => {
    const client = await mcp();
    const png =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const code = [
      'import base64',
      'n = 41',
      `open('/mnt/data/dot.png', 'wb').write(base64.b64decode('${png}'))`,
      `open('/mnt/data/täble.csv', 'w').write('a,b')`,
      `print('hello')`,
    ].join('\n');
    const result = await call(client, 'runPython', { code });
    assert.match(textOf(result), /hello/);
    const image = result.content.find((part) => part.type === 'image');
    assert.deepEqual([image?.mimeType, image?.data], ['image/png', png]);
    const file = result.content.find((part) => part.type === 'resource');
    assert.deepEqual(file?.resource, {
      uri: `file:///mnt/data/${encodeURIComponent('täble.csv')}`,
      mimeType: 'text/csv',
      text: 'a,b',
    });
    const session = /Session: (\w+)/.exec(textOf(result))?.[1];
    assert.match(textOf(await call(client, 'runPython', { code: 'n + 1', session })), /42/);
  });

  it('gives Python the files of the folders that are allowed, and no others', async () => {
    const folder = temporaryFolder();
    const outside = temporaryFolder();
    writeFileSync(join(folder, 'in.txt'), 'inside');
    writeFileSync(join(outside, 'secret.txt'), 'secret');
    symlinkSync(join(outside, 'secret.txt'), join(folder, 'link.txt'));
    mkdirSync(join(folder, 'out'));
    symlinkSync(outside, join(folder, 'way-out'));
    const client = await mcp('--allow-folder', folder);
    const read =
      'import os\nfor n in sorted(os.listdir("/mnt/data")): print(n, open("/mnt/data/" + n).read())';
    const given = textOf(await call(client, 'runPython', { code: read, files: ['in.txt'] }));
    assert.match(given, /in\.txt inside/);
    const session = /Session: (\w+)/.exec(given)?.[1];
    for (const path of ['../secret.txt', join(outside, 'secret.txt'), 'link.txt', 'way-out/secret.txt']) {
      const result = await call(client, 'runPython', { code: read, files: [path] });
      assert.equal(result.isError, true, path);
      assert.doesNotMatch(textOf(result), /txt secret/);
    }
    const write = 'open("/mnt/data/new.txt", "w").write("new")';
    for (const saveTo of ['out', 'out'])
      assert.match(
        textOf(await call(client, 'runPython', { code: write, saveTo, session })),
        /Saved: .*new( \(2\))?\.txt/,
      );
    assert.equal(readFileSync(join(folder, 'out', 'new.txt'), 'utf8'), 'new');
    assert.ok(existsSync(join(folder, 'out', 'new (2).txt')));
    const many =
      'open("/mnt/data/large.bin", "wb").write(b"x" * 6_000_000)\nfor i in range(150): open(f"/mnt/data/{i}.txt", "w").write("x")';
    const output = textOf(await call(client, 'runPython', { code: many, saveTo: 'many', session }));
    assert.equal(readdirSync(join(folder, 'many')).length, 151);
    assert.equal(statSync(join(folder, 'many', 'large.bin')).size, 6_000_000);
    assert.match(output, /^\[And 51 more\]$/m);
    assert.doesNotMatch(output, /too (large|many)/);
    if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const [input, reason] of [
      [{ files: ['out'] }, /“out” is a folder/],
      [{ files: ['pipe'] }, /“pipe” is not a regular file|There is no file “pipe”/],
      [{ saveTo: 'in.txt' }, /“in\.txt” is a file, not a folder/],
    ] as const)
      assert.match(textOf(await call(client, 'runPython', { code: write, session, ...input })), reason);
    for (const saveTo of ['way-out', '..', outside]) {
      assert.equal((await call(client, 'runPython', { code: write, saveTo })).isError, true);
      assert.ok(!existsSync(join(outside, 'new.txt')));
    }
    const none = await mcp();
    const refused = await call(none, 'runPython', { code: read, files: [join(folder, 'in.txt')] });
    assert.match(textOf(refused), /No folder of this machine is open/);
  });

  it('searches vector stores, and returns passages with file, line and page', async () => {
    const dataDir = temporaryFolder();
    const openai = await openaiOver(dataDir);
    const stores = await Promise.all(['Sea', 'Land'].map((name) => openai.vectorStores.create({ name })));
    for (const [at, text] of ['# Whales\n\nWhales are mammals.', '# Bears\n\nBears are mammals.'].entries()) {
      const file = await toFile(Buffer.from(text), at === 0 ? 'whales.md' : 'bears.md');
      const { status } = await openai.vectorStores.files.uploadAndPoll(stores[at]!.id, file, {
        pollIntervalMs: 50,
      });
      assert.equal(status, 'completed');
    }
    const client = await mcp('--data-dir', dataDir);
    const all = textOf(await call(client, 'searchFiles', { query: 'Which animals are mammals?' }));
    assert.match(all, /^whales\.md:1 in the vector store “Sea”\n.*Whales are mammals\./ms);
    assert.match(all, /^bears\.md:1 in the vector store “Land”$/m);
    const one = textOf(await call(client, 'searchFiles', { query: 'mammals', vectorStore: 'land' }));
    assert.match(one, /^bears\.md:1\n/);
    assert.doesNotMatch(one, /whales/);
    const unknown = await call(client, 'searchFiles', { query: 'mammals', vectorStore: 'Sky' });
    assert.equal(unknown.isError, true);
    assert.match(textOf(unknown), /There is no vector store “Sky”\. There are: .*“Sea” \(vs_/);
  });

  it('asks an assistant in a thread that goes on, and that the API shows', async () => {
    const dataDir = temporaryFolder();
    const openai = await openaiOver(dataDir);
    const tutor = { name: 'Math Tutor', model: 'demo/tutor', tools: [] };
    await openai.beta.assistants.create(tutor);
    const client = await mcp('--data-dir', dataDir);
    const progress: string[] = [];
    const first = (await client.callTool(
      { name: 'askAssistant', arguments: { message: 'Solve the equation `3x + 11 = 14`.' } },
      undefined,
      { onprogress: ({ message = '' }) => progress.push(message) },
    )) as CallToolResult;
    assert.match(textOf(first), /x = 1/);
    const threadId = /Thread: (thread_\w+)/.exec(textOf(first))?.[1];
    assert.ok(threadId);
    const thread = await openai.beta.threads.retrieve(threadId);
    assert.equal(thread.metadata?.['title'], 'Solve the equation 3x + 11 = 14.');
    await call(client, 'askAssistant', { message: 'Explain this to me.', threadId });
    const { data } = await openai.beta.threads.messages.list(threadId);
    assert.equal(data.length, 4);
    // Of calls for one thread at the same time each has its own answer, or is refused.
    const numbers = [5, 6, 7];
    const answers = await Promise.all(
      numbers.map((number) => call(client, 'askAssistant', { message: `Solve x = ${number}.`, threadId })),
    );
    for (const [at, answer] of answers.entries())
      if (!answer.isError) assert.match(textOf(answer), new RegExp(`x = ${numbers[at]}`));
    const asked = (await openai.beta.threads.messages.list(threadId)).data.filter(
      ({ role }) => role === 'user',
    );
    assert.equal(asked.length, 2 + answers.filter(({ isError }) => !isError).length);
    await openai.beta.assistants.create({ ...tutor, name: 'Another' });
    const unnamed = await call(client, 'askAssistant', { message: 'Hello' });
    assert.equal(unnamed.isError, true);
    assert.match(textOf(unnamed), /Name the assistant\. There are: .*“Math Tutor” \(asst_/);
  });

  it('cancels the run of a call that is cancelled, and of one whose functions nobody answers', async () => {
    const dataDir = temporaryFolder();
    const openai = await openaiOver(dataDir);
    const quiz = { type: 'function' as const, function: { name: 'display_quiz', parameters: {} } };
    const { id } = await openai.beta.assistants.create({ model: 'demo/tutor', tools: [quiz] });
    const client = await mcp('--data-dir', dataDir);
    const result = await call(client, 'askAssistant', {
      message: 'Make a quiz with 2 questions.',
      assistant: id,
    });
    assert.equal(result.isError, true);
    assert.match(textOf(result), /calls functions that nobody answers here: display_quiz/);
    const threadOf = (text: string) => /thread_\w+/.exec(text)![0];
    const statusOf = async (thread: string) =>
      (await openai.beta.threads.runs.list(thread)).data.map(({ status }) => status).join();
    const thread = threadOf(textOf(result));
    await until('the run is cancelled', async () => (await statusOf(thread)) === 'cancelled');

    const aborter = new AbortController();
    const asked = client.callTool(
      { name: 'askAssistant', arguments: { message: 'Hello', assistant: id, threadId: thread } },
      undefined,
      { signal: aborter.signal },
    );
    await until('the second run exists', async () => (await statusOf(thread)).includes(','));
    aborter.abort();
    await assert.rejects(asked);
    await until('no run is left', async () =>
      /^(cancelled|completed),cancelled$/.test(await statusOf(thread)),
    );
  });

  it('says which input is wrong', async () => {
    const client = await mcp();
    const result = await call(client, 'searchFiles', { query: 'x', maxResults: 'many' });
    assert.equal(result.isError, true);
    assert.match(textOf(result), /^maxResults: /);
    const unfilled = await call(client, 'searchFiles', { query: 'x' });
    assert.match(textOf(unfilled), /^There are no vector stores yet\./);
    await assert.rejects(
      client.callTool({ name: 'format_disk', arguments: {} }),
      /There is no tool 'format_disk'/,
    );
  });

  it('does not start with a folder that is empty or missing, which could be the present one', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    for (const [folder, reason] of [
      ['', /--allow-folder takes a value that is not empty/],
      [file, /--allow-folder: there is no folder '.*file'/],
      [`${file}/none`, /--allow-folder: there is no folder/],
    ] as const) {
      const args = ['-e', program, 'mcp', '--allow-folder', folder];
      const { status, stderr } = spawnSync(process.execPath, args, { input: '', encoding: 'utf8' });
      assert.equal(status, 1, stderr);
      assert.match(stderr, reason);
    }
  });

  it('reports a line that is no message on standard error, and answers the next', () => {
    const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', program, 'mcp'], {
      input: `{"jsonrpc":\n${ping}\n`,
      encoding: 'utf8',
    });
    assert.match(stderr, /^MCP: .*JSON/m);
    assert.match(stdout, /"id":1/);
  });

  it('serves the data of a server instead of its own', async () => {
    const { baseURL } = await serve('--token', 'secret');
    const openai = new OpenAI({ apiKey: 'secret', baseURL });
    await openai.beta.assistants.create({ name: 'Math Tutor', model: 'demo/tutor' });
    const client = await connect([resolve('dist/mcp.js')], {
      ASSISTANTS_STUDIO_URL: baseURL,
      ASSISTANTS_STUDIO_TOKEN: 'secret',
    });
    const result = await call(client, 'askAssistant', { message: 'Solve 2x = 8.' });
    assert.match(textOf(result), /x = 4/);
    assert.match(textOf(await call(client, 'runPython', { code: '6 * 7' })), /42/);
  });
});
