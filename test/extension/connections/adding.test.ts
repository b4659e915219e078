// Without `node:`: VS Code has its own for extensions, which are those that the extension gets.
import http from 'http';
import https from 'https';
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { Connection } from '../../../src/client/models/connections';
import { isSameAddress, presets } from '../../../src/commands/ask/presets';
import { ask, catchErrors, client, command, newThread, until } from '../support';
import { accept, FakeServer, labelsOf, modelList, watchInputs } from './support';

const settings = () => vscode.workspace.getConfiguration('assistantsStudio');
const entries = () => settings().get<Connection[]>('connections', []);

/** Stands in for a server elsewhere: requests to an origin go to a server of the test. Returns what ends that. */
function redirect(origin: string, server: FakeServer): () => void {
  const { request } = https;
  Object.assign(https, {
    request: (url: URL, options: http.RequestOptions) =>
      url.origin === origin
        ? http.request(new URL(url.pathname + url.search, server.baseUrl), options)
        : request(url, options),
  });
  return () => void Object.assign(https, { request });
}

describe('adding a connection by the list of servers', () => {
  let inputs: ReturnType<typeof watchInputs>;
  let server: FakeServer;
  let before: Connection[];

  beforeEach(async () => {
    before = entries();
    server = await FakeServer.start(() => modelList('small'));
    inputs = watchInputs();
  });

  afterEach(async () => {
    await inputs.release();
    const known = before.map(({ id }) => id);
    for (const { id } of entries().filter((entry) => !known.includes(entry.id)))
      await command('removeConnection', { connectionId: id, confirm: false });
    await server.stop();
  });

  const list = (index: number) =>
    until(`list ${index}`, () => (inputs.picks[index]?.items.length ? inputs.picks[index] : undefined));
  const box = (index: number) => until(`input ${index}`, () => inputs.boxes[index]);

  /** Chooses an item of an open list by its label. */
  async function choose(index: number, label: string): Promise<void> {
    const pick = await list(index);
    await until(`“${label}” is there`, () => pick.items.some((item) => item.label.includes(label)));
    pick.value = label;
    await until(`“${label}” has the focus`, () => pick.activeItems[0]?.label.includes(label));
    await accept();
  }

  async function answer(index: number, text: string): Promise<vscode.InputBox> {
    const input = await box(index);
    input.value = text;
    await accept();
    return input;
  }

  /** Adds another server of the given address by the list, up to its key. */
  async function enter(baseUrl: string, name: string, key: string): Promise<void> {
    await choose(0, 'Another server…');
    await answer(0, baseUrl);
    await answer(1, name);
    equal((await answer(2, key)).password, true);
  }

  it('asks for a key, stores it as a secret, and tests it', async () => {
    const adding = command<Connection>('addConnection');
    await enter(server.baseUrl, 'Mine', ' sk-mine-123456 ');
    const added = await adding;
    deepEqual([added.label, added.baseUrl], ['Mine', server.baseUrl]);
    equal(JSON.stringify(entries()).includes('sk-mine'), false);
    await until('it is tested', () => inputs.messages.includes('Mine is connected. Models: 1.'));
    ok(server.asked.length >= 2);
    ok(server.asked.every(({ headers }) => headers.authorization === 'Bearer sk-mine-123456'));
  });

  for (const [what, reply] of [
    ['an error', () => ({ status: 500, body: { error: { message: 'Out of order.' } } })],
    ['a web page', () => ({ body: '<html><title>Welcome</title></html>', type: 'text/html' })],
  ] as const) {
    it(`offers to try again where the server answers with ${what}`, async () => {
      server.reply = reply;
      const adding = command<Connection>('addConnection');
      await enter(server.baseUrl, 'Moody', '');
      const offer = await list(1);
      deepEqual(
        labelsOf(offer).map((label) => label.replace(/^\$\(\S+\) /, '')),
        ['Try Again', 'Edit Address…', 'Add Anyway'],
      );
      match(offer.placeholder ?? '', /^Moody \(127\.0\.0\.1:\d+\) (answered|sent)/);
      deepEqual(entries(), before);
      server.reply = () => modelList('small');
      await choose(1, 'Try Again');
      equal((await adding).label, 'Moody');
    });
  }

  it('adds a server that cannot be reached if the user wants so', async () => {
    const { baseUrl } = server;
    await server.stop();
    const errors = catchErrors();
    try {
      const adding = command<Connection>('addConnection');
      await enter(baseUrl, 'Away', '');
      await choose(1, 'Add Anyway');
      equal((await adding).baseUrl, baseUrl);
      await until('the test after it reports', () => errors.notices.length > 0);
    } finally {
      errors.release();
    }
  });

  it('asks for another address', async () => {
    const gone = await FakeServer.start(() => undefined);
    const { baseUrl } = gone;
    await gone.stop();
    const adding = command<Connection>('addConnection');
    await enter(baseUrl, 'Moved', '');
    await choose(1, 'Edit Address…');
    equal((await box(3)).value, baseUrl);
    await answer(3, server.baseUrl);
    equal((await adding).baseUrl, server.baseUrl);
  });

  it('asks for another key where it is refused, and adds nothing on Esc', async () => {
    server.reply = (_path, { headers }) =>
      headers.authorization === 'Bearer sk-right-12345'
        ? modelList('small')
        : { status: 401, body: { error: { message: 'Incorrect API key provided.' } } };
    const adding = command<Connection>('addConnection');
    await enter(server.baseUrl, 'Guarded', 'sk-wrong-12345');
    await choose(1, 'Enter Another Key…');
    equal((await box(3)).value, '');
    await answer(3, 'sk-right-12345');
    equal((await adding).label, 'Guarded');

    const second = command('addConnection');
    await choose(2, 'Another server…');
    await box(4);
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    equal(await second, undefined);
    equal(entries().length, before.length + 1);
  });

  it('does not add one twice by accident, and another account on purpose', async () => {
    await command('addConnection', { id: 'first', label: 'First', baseUrl: server.baseUrl });
    const adding = command<Connection>('addConnection');
    await choose(0, 'Another server…');
    await answer(0, `http://LOCALHOST:${server.port}/v1/`);
    const name = await box(1);
    match(name.prompt ?? '', /“First” has the same address/);
    name.value = 'First';
    await accept();
    match(name.validationMessage as string, /of this name already/);
    name.value = 'Second account';
    await accept();
    await answer(2, '');
    equal((await adding).label, 'Second account');
  });

  it('marks a well-known server that is there, and offers its key, a test, or another account', async () => {
    await command('addConnection', {
      id: 'studio',
      label: 'My Studio',
      baseUrl: 'http://LOCALHOST:1234/v1/',
    });
    const adding = command<Connection | undefined>('addConnection');
    const servers = await list(0);
    const studio = await until('it is there', () => servers.items.find(({ label }) => label === 'LM Studio'));
    match(studio.description ?? '', /^added as “My Studio” · (found|not running) on this computer/);
    await choose(0, 'LM Studio');
    const offer = await list(1);
    deepEqual(
      labelsOf(offer).map((label) => label.replace(/^\$\(\S+\) /, '')),
      ['Set API Key…', 'Test Connection', 'Add Another Account…'],
    );
    await choose(1, 'Add Another Account…');
    equal((await box(0)).value, 'LM Studio');
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await adding;
    equal(entries().filter(({ baseUrl }) => baseUrl.includes(':1234/')).length, 1);
  });

  it('adds DeepSeek with a key', async () => {
    const restore = redirect('https://api.deepseek.com', server);
    server.reply = (path) => (path.endsWith('/models') ? modelList('deepseek-flash') : undefined);
    try {
      const adding = command<Connection>('addConnection');
      await choose(0, 'DeepSeek');
      const key = await answer(0, 'sk-deep-123456');
      match(key.prompt ?? '', /The API key of DeepSeek\. .* sent only to https:\/\/api\.deepseek\.com/);
      equal(key.buttons[0]?.tooltip, 'Get a Key: https://platform.deepseek.com/api_keys');
      const { id, kind, baseUrl } = await adding;
      deepEqual([id, kind, baseUrl], ['deepseek', 'chat-completions', 'https://api.deepseek.com']);
      await until('it is tested', () => inputs.messages.includes('DeepSeek is connected. Models: 1.'));
      ok(server.asked.every(({ headers }) => headers.authorization === 'Bearer sk-deep-123456'));
    } finally {
      restore();
    }
  });

  it('keeps what was typed after Esc, but no key', async () => {
    const first = command('addConnection');
    await choose(0, 'Another server…');
    await answer(0, 'https://models.example/v1');
    await answer(1, 'Example');
    (await box(2)).value = 'sk-typed-1234';
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await first;
    const second = command('addConnection');
    await choose(1, 'Another server…');
    equal((await box(3)).value, 'https://models.example/v1');
    await accept();
    equal((await box(4)).value, 'Example');
    await accept();
    equal((await box(5)).value, '');
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await second;
  });
});

describe('the well-known servers', () => {
  it('have valid addresses and ids, and none twice', () => {
    const all = presets();
    for (const { baseUrl, example, keysAt, label } of all) {
      const url = new URL((baseUrl ?? example)!);
      ok(url.protocol === 'https:' || url.hostname === '127.0.0.1', label);
      ok(!(baseUrl ?? '').endsWith('/'), label);
      ok(keysAt === undefined || new URL(keysAt).protocol === 'https:', label);
    }
    equal(new Set(all.map(({ id }) => id)).size, all.length);
    equal(new Set(all.map(({ baseUrl, example }) => baseUrl ?? example)).size, all.length);
    ok(all.every(({ id }) => /^[a-z0-9][a-z0-9-]*$/.test(id)));
    ok(all.every(({ key, keysAt }) => key === 'optional' || keysAt));
  });

  it('are those that people use', () => {
    const addresses = Object.fromEntries(presets().map(({ id, baseUrl }) => [id, baseUrl]));
    deepEqual(addresses, {
      ollama: 'http://127.0.0.1:11434/v1',
      'lm-studio': 'http://127.0.0.1:1234/v1',
      'llama-cpp': 'http://127.0.0.1:8080/v1',
      vllm: 'http://127.0.0.1:8000/v1',
      openai: 'https://api.openai.com/v1',
      'azure-openai': undefined,
      anthropic: 'https://api.anthropic.com/v1',
      gemini: 'https://generativelanguage.googleapis.com/v1beta/openai',
      mistral: 'https://api.mistral.ai/v1',
      openrouter: 'https://openrouter.ai/api/v1',
      groq: 'https://api.groq.com/openai/v1',
      xai: 'https://api.x.ai/v1',
      together: 'https://api.together.ai/v1',
      deepseek: 'https://api.deepseek.com',
      qwen: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
      'qwen-intl': 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
      kimi: 'https://api.moonshot.cn/v1',
      'kimi-intl': 'https://api.moonshot.ai/v1',
      zhipu: 'https://open.bigmodel.cn/api/paas/v4',
      zai: 'https://api.z.ai/api/paas/v4',
      siliconflow: 'https://api.siliconflow.cn/v1',
      'siliconflow-intl': 'https://api.siliconflow.com/v1',
    });
  });

  it('are the same at other spellings of their addresses, and no other ones', () => {
    for (const [one, other] of [
      ['https://api.openai.com/v1', 'https://API.OpenAI.com/v1/'],
      ['https://api.openai.com/v1', 'https://api.openai.com:443/v1'],
      ['http://127.0.0.1:11434/v1', 'http://localhost:11434/v1//'],
      ['http://127.0.0.1/v1', 'http://[::1]:80/v1'],
    ] as const)
      ok(isSameAddress(one, other), other);
    for (const [one, other] of [
      ['https://api.openai.com/v1', 'http://api.openai.com/v1'],
      ['https://api.openai.com/v1', 'https://api.openai.com/V1'],
      ['http://127.0.0.1:11434/v1', 'http://127.0.0.1:1234/v1'],
      ['nonsense', 'nonsense'],
    ] as const)
      ok(!isSameAddress(one, other), other);
  });
});

describe('a connection that is there', () => {
  let server: FakeServer;

  beforeEach(async () => {
    server = await FakeServer.start(() => modelList('small'));
    await command('addConnection', {
      id: 'edited',
      label: 'Edited',
      baseUrl: server.baseUrl,
      apiKey: 'sk-edit-12345',
    });
  });

  afterEach(async () => {
    if (entries().some(({ id }) => id === 'edited'))
      await command('removeConnection', { connectionId: 'edited', confirm: false });
    await server.stop();
  });

  it('is renamed, and keeps its key', async () => {
    await command('editConnection', { connectionId: 'edited', label: 'Renamed' });
    equal(entries().find(({ id }) => id === 'edited')?.label, 'Renamed');
    await command('testConnection', { connectionId: 'edited' });
    equal(server.asked.at(-1)?.headers.authorization, 'Bearer sk-edit-12345');
  });

  it('loses its key with its server, for good', async () => {
    const other = await FakeServer.start(() => modelList('small'));
    try {
      await command('editConnection', { connectionId: 'edited', baseUrl: other.baseUrl });
      await command('testConnection', { connectionId: 'edited' });
      equal(other.asked.at(-1)?.headers.authorization, undefined);
      await command('editConnection', { connectionId: 'edited', baseUrl: server.baseUrl });
      await command('testConnection', { connectionId: 'edited' });
      equal(server.asked.at(-1)?.headers.authorization, undefined);
    } finally {
      await other.stop();
    }
  });

  it('is not given a base URL that is none', async () => {
    await rejects(
      command('editConnection', { connectionId: 'edited', baseUrl: 'nowhere' }),
      /The connection was not changed: .*must be a URL/,
    );
  });

  it('sends its headers', async () => {
    const withHeaders = entries().map((entry) =>
      entry.id === 'edited' ? { ...entry, headers: { 'X-Title': 'Studio' } } : entry,
    );
    await settings().update('connections', withHeaders, vscode.ConfigurationTarget.Global);
    await command('testConnection', { connectionId: 'edited' });
    equal(server.asked.at(-1)?.headers['x-title'], 'Studio');
  });

  it('becomes the default one, to which model ids without a connection belong', async () => {
    await command('addConnection', { id: 'newer', label: 'Newer', baseUrl: server.baseUrl });
    try {
      await command('makeDefaultConnection', { connectionId: 'newer' });
      equal(entries()[0]?.id, 'newer');
      await command('makeDefaultConnection', { connectionId: 'edited' });
      equal(entries()[0]?.id, 'edited');
    } finally {
      await command('removeConnection', { connectionId: 'newer', confirm: false });
    }
  });

  it('is removed with its key, after a dialog that names the assistants that use it', async () => {
    const user = await command<Assistant>('createAssistant', { name: 'Dependent', model: 'edited/small' });
    const { showWarningMessage } = vscode.window;
    const details: string[] = [];
    Object.assign(vscode.window, {
      showWarningMessage: (_question: string, { detail }: { detail: string }, button: string) => {
        details.push(detail);
        return Promise.resolve(button);
      },
    });
    try {
      await command('removeConnection', { connectionId: 'edited' });
    } finally {
      Object.assign(vscode.window, { showWarningMessage });
    }
    match(details[0] ?? '', /these will not answer: .*“Dependent”/);
    const errors = catchErrors();
    const thread = await newThread('Dependent');
    const run = await ask(thread.id, user.id, 'Hello?');
    errors.release();
    match(run.last_error?.message ?? '', /^There is no connection 'edited'/);
    await command('addConnection', { id: 'edited', label: 'Edited', baseUrl: server.baseUrl });
    await command('testConnection', { connectionId: 'edited' });
    equal(server.asked.at(-1)?.headers.authorization, undefined);
    await (await client()).beta.assistants.delete(user.id);
  });
});
