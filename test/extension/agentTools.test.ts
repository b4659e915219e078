import { deepEqual, equal, match, ok, rejects, throws } from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import OpenAI, { toFile } from 'openai';
import * as vscode from 'vscode';
import { confirmationOf } from '../../src/languageModel/confirmations';
import { McpServer } from '../../src/languageModel/mcpServer';
import type { AssistantsStudio } from '../../src/extension';
import type { AssistantsStudioAPI } from '../../src/extensionApi';
import { ask, client, command, conversation, createTutor, extensionId, until } from './support';
import { TestWindow } from './window';

const never = new vscode.CancellationTokenSource().token;

async function invoke(
  name: string,
  input: object,
  token: vscode.CancellationToken = never,
): Promise<vscode.LanguageModelToolResult> {
  const options = { input, toolInvocationToken: undefined };
  return vscode.lm.invokeTool(`assistantsStudio_${name}`, options, token);
}

function textOf({ content }: vscode.LanguageModelToolResult): string {
  return content
    .map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ''))
    .filter(Boolean)
    .join('\n');
}

function workspace(): vscode.Uri {
  return vscode.workspace.workspaceFolders![0]!.uri;
}

async function write(name: string, text: string): Promise<void> {
  await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(workspace(), name), Buffer.from(text));
}

describe('the tools for VS Code’s chat and agents', function () {
  // Python starts slowly on a busy machine.
  this.timeout(180_000);

  before(async () => {
    await vscode.extensions.getExtension(extensionId)?.activate();
    await until('VS Code knows the tools', () =>
      vscode.lm.tools.some(({ name }) => name === 'assistantsStudio_askAssistant'),
    );
  });

  it('are listed with their descriptions and schemas', () => {
    const names = ['runPython', 'searchFiles', 'askAssistant'].map((name) => `assistantsStudio_${name}`);
    const own = vscode.lm.tools.filter(({ name }) => names.includes(name));
    deepEqual(own.map(({ name }) => name).sort(), [...names].sort());
    for (const { description, inputSchema } of own) {
      ok(description.length > 50);
      equal((inputSchema as { type: string }).type, 'object');
    }
  });

  it('run Python, and return its output, images and files, within a session', async () => {
    const png =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const code = [
      'import base64',
      'n = 41',
      `written = open('/mnt/data/dot.png', 'wb').write(base64.b64decode('${png}'))`,
      `written = open('/mnt/data/table.csv', 'w').write('a,b')`,
      `print('hello')`,
    ].join('\n');
    const result = await invoke('runPython', { code });
    match(textOf(result), /^hello$/m);
    match(textOf(result), /\[table\.csv\]\na,b/);
    const image = result.content.find((part) => (part as { mimeType?: string }).mimeType === 'image/png');
    equal(Buffer.from((image as { data: Uint8Array }).data).toString('base64'), png);
    const session = /Session: (\w+)/.exec(textOf(result))?.[1];
    match(textOf(await invoke('runPython', { code: 'n + 1', session })), /42/);
  });

  it('give Python copies of workspace files, save what it writes there, and nothing outside', async () => {
    await write('numbers.csv', '1,2');
    const code =
      'text = open("/mnt/data/numbers.csv").read()\nwritten = open("/mnt/data/sum.txt", "w").write("3")\nprint(text)';
    const result = await invoke('runPython', { code, files: ['numbers.csv'], saveTo: 'results' });
    match(textOf(result), /^1,2$/m);
    match(textOf(result), /\[Saved: .*sum\.txt\]/);
    const saved = vscode.Uri.joinPath(workspace(), 'results', 'sum.txt');
    equal(Buffer.from(await vscode.workspace.fs.readFile(saved)).toString(), '3');
    const outside = mkdtempSync(path.join(tmpdir(), 'outside-'));
    const link = path.join(workspace().fsPath, 'way-out');
    symlinkSync(outside, link);
    try {
      for (const saveTo of ['..', outside, 'way-out'])
        await rejects(invoke('runPython', { code, saveTo }), /is not in a folder that is open to this tool/);
      for (const file of ['../secret.txt', '/etc/passwd', 'way-out/x.txt'])
        await rejects(invoke('runPython', { code, files: [file] }), /is not in a folder|There is no file/);
    } finally {
      rmSync(link);
      rmSync(outside, { recursive: true });
    }
  });

  it('ask the user before they read or write files, search, or ask; not for code alone', () => {
    const messageOf = (id: 'runPython' | 'searchFiles' | 'askAssistant', input: unknown) => {
      const message = confirmationOf(id, input)?.message;
      return message instanceof vscode.MarkdownString ? message.value : message;
    };
    equal(messageOf('runPython', { code: '1' }), undefined);
    match(messageOf('runPython', { code: 'print(1)', files: ['a.csv'] })!, /a\.csv[^]*```python\nprint\(1\)/);
    match(messageOf('runPython', { code: '1', saveTo: 'results' })!, /results/);
    match(messageOf('searchFiles', { query: 'whales' })!, /whales/);
    const links = messageOf('askAssistant', { message: 'See [this](command:evil)' })!;
    ok(!links.includes('[this](command:'), links);
    // What a model sends may be anything.
    for (const input of [null, undefined, 3, { files: 'x', code: 1, message: {} }])
      for (const id of ['runPython', 'searchFiles', 'askAssistant'] as const) confirmationOf(id, input);
  });

  it('end Python when the call is cancelled', async () => {
    const session = /Session: (\w+)/.exec(textOf(await invoke('runPython', { code: '1' })))?.[1];
    const source = new vscode.CancellationTokenSource();
    const endless = invoke('runPython', { code: 'while True: pass', session }, source.token);
    setTimeout(() => source.cancel(), 100);
    await rejects(endless);
    // Calls of a session run one after another: this one waits until the other has ended.
    match(textOf(await invoke('runPython', { code: '6 * 7', session })), /42/);
  });

  it('search the files of a vector store, and return passages with file and line', async () => {
    const openai = await client();
    const store = await openai.vectorStores.create({ name: 'Sea animals' });
    const file = await toFile(Buffer.from('# Whales\n\nWhales are mammals of the sea.'), 'whales.md');
    await openai.vectorStores.files.uploadAndPoll(store.id, file, { pollIntervalMs: 50 });
    const result = await invoke('searchFiles', { query: 'mammals of the sea', vectorStore: 'sea animals' });
    match(textOf(result), /^whales\.md:1\n[^]*Whales are mammals of the sea\./);
    await rejects(
      invoke('searchFiles', { query: 'x', vectorStore: 'None' }),
      /There is no vector store “None”/,
    );
    await openai.vectorStores.delete(store.id);
  });

  it('ask an assistant in a thread that is listed, followed, and goes on', async () => {
    const assistant = await createTutor('Tool Tutor');
    const result = await invoke('askAssistant', {
      message: 'Solve the equation `3x + 11 = 14`.',
      assistant: 'tool tutor',
    });
    match(textOf(result), /x = 1/);
    const threadId = /Thread: (thread_\w+)/.exec(textOf(result))![1]!;
    const thread = await (await client()).beta.threads.retrieve(threadId);
    await until('the thread has its title', async () => {
      const { metadata } = await (await client()).beta.threads.retrieve(thread.id);
      return metadata?.['title'] === 'Solve the equation 3x + 11 = 14.';
    });
    await ask(threadId, assistant.id, 'Could you explain this to me?');
    await invoke('askAssistant', { message: 'Solve 2x = 8.', assistant: assistant.id, threadId });
    const words = await conversation(threadId);
    equal(words.length, 6);
    match(words.at(-1)!.text, /x = 4/);
    // Of calls for one thread at the same time each has its own answer, or is refused.
    const numbers = [5, 6, 7];
    const answers = await Promise.allSettled(
      numbers.map((number) =>
        invoke('askAssistant', { message: `Solve x = ${number}.`, assistant: assistant.id, threadId }),
      ),
    );
    answers.forEach((answer, at) => {
      if (answer.status === 'fulfilled') match(textOf(answer.value), new RegExp(`x = ${numbers[at]}`));
    });
    ok(answers.some(({ status }) => status === 'fulfilled'));
    const asked = (await conversation(threadId)).filter(({ role }) => role === 'user');
    equal(asked.length, 3 + answers.filter(({ status }) => status === 'fulfilled').length);
    await rejects(
      invoke('askAssistant', { message: 'x', assistant: 'Nobody' }),
      /There is no assistant “Nobody”/,
    );
    await command('deleteAssistant', { assistantId: assistant.id, confirm: false });
  });

  it('wait until a person has answered the functions of an assistant, and cancel its run with the call', async () => {
    const openai = await client();
    const quiz = { type: 'function' as const, function: { name: 'display_quiz', parameters: {} } };
    const { id } = await openai.beta.assistants.create({
      model: 'demo/tutor',
      name: 'Quizzer',
      tools: [quiz],
    });
    const source = new vscode.CancellationTokenSource();
    const thread = await openai.beta.threads.create();
    const asked = invoke(
      'askAssistant',
      { message: 'Make a quiz with 2 questions.', assistant: id, threadId: thread.id },
      source.token,
    );
    const newest = async () => (await openai.beta.threads.runs.list(thread.id)).data[0];
    await until('it waits', async () => (await newest())?.status === 'requires_action');
    source.cancel();
    await rejects(asked);
    await until('its run is cancelled', async () => (await newest())?.status === 'cancelled');
    await openai.beta.assistants.delete(id);
  });

  it('say which input is wrong', async () => {
    await rejects(invoke('searchFiles', { query: ' ' }), /query: /);
  });
});

describe('the MCP server for VS Code', () => {
  it('offers the same tools over the assistants of this window', async () => {
    const window = TestWindow.open();
    const extension = vscode.extensions.getExtension(extensionId)!;
    const { services } = window;
    const server = new McpServer({ services, engine: services.changes.fetch, extension });
    const mcp = new Client({ name: 'test', version: '1' });
    try {
      const [definition] = server.provideMcpServerDefinitions();
      ok(definition);
      equal(definition.env['ASSISTANTS_STUDIO_TOKEN'], undefined);
      const { command: program, args, env } = await server.resolveMcpServerDefinition(definition);
      await rejects(
        new OpenAI({
          apiKey: 'guess',
          baseURL: String(env['ASSISTANTS_STUDIO_URL']),
          maxRetries: 0,
        }).beta.assistants.list(),
        /401/,
      );
      const strings = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
      await mcp.connect(new StdioClientTransport({ command: program, args, env: strings }));
      const { tools } = await mcp.listTools();
      deepEqual(
        tools.map(({ name }) => name),
        ['runPython', 'searchFiles', 'askAssistant'],
      );
      await window.createAssistant('Only One');
      window.model.say('It is ', 'four.');
      window.model.finish();
      const result = (await mcp.callTool({
        name: 'askAssistant',
        arguments: { message: 'What is 2 + 2?' },
      })) as CallToolResult;
      const [part] = result.content;
      match(part?.type === 'text' ? part.text : '', /^It is four\.\n\[Thread: thread_/);
      equal((await services.client.get<{ data: unknown[] }>('/threads')).data.length, 1);
    } finally {
      await mcp.close();
      server.dispose();
      await window.close();
    }
  });
});

describe('the API for other extensions', () => {
  function api(): AssistantsStudioAPI {
    const { exports } = vscode.extensions.getExtension<AssistantsStudio>(extensionId)!;
    return exports.getAPI(1);
  }

  it('has a version, and no other one', () => {
    equal(api().version, 1);
    const { exports } = vscode.extensions.getExtension<AssistantsStudio>(extensionId)!;
    throws(() => exports.getAPI(2 as 1), /no version 2/);
  });

  it('gives a client of the active service', async () => {
    const { clientOptions, service } = api();
    equal(service.id, 'embedded');
    const assistant = await createTutor('API Tutor');
    const openai = new OpenAI(clientOptions);
    equal((await openai.beta.assistants.retrieve(assistant.id)).name, 'API Tutor');
    await openai.beta.assistants.delete(assistant.id);
  });

  it('asks an assistant in a new thread, and goes on in it', async () => {
    const studio = api();
    const { id } = await createTutor('API Tutor');
    const first = await studio.ask({ assistantId: id, message: 'Solve the equation 3x + 11 = 14.' });
    match(first.text, /x = 1/);
    const next = await studio.ask({ assistantId: id, message: 'Solve 2x = 8.', threadId: first.threadId });
    equal(next.threadId, first.threadId);
    match(next.text, /x = 4/);
    await studio.openThread(first.threadId);
    for (const id of ['thread_none', '', undefined]) await rejects(studio.openThread(id as string), /thread/);
    await rejects(studio.ask({ assistantId: 'asst_none', message: 'Hello' }), /asst_none/);
  });

  it('cancels the run of a question that is aborted', async () => {
    const openai = await client();
    const quiz = { type: 'function' as const, function: { name: 'display_quiz', parameters: {} } };
    const { id } = await openai.beta.assistants.create({ model: 'demo/tutor', tools: [quiz] });
    const thread = await openai.beta.threads.create();
    const aborter = new AbortController();
    const asked = api().ask({
      assistantId: id,
      message: 'Make a quiz with 2 questions.',
      threadId: thread.id,
      signal: aborter.signal,
    });
    const newest = async () => (await openai.beta.threads.runs.list(thread.id)).data[0];
    await until('it waits', async () => (await newest())?.status === 'requires_action');
    aborter.abort(new Error('Enough.'));
    await rejects(asked, /Enough/);
    await until('its run is cancelled', async () => (await newest())?.status === 'cancelled');
    await openai.beta.assistants.delete(id);
  });
});
