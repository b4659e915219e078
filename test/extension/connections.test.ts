import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { parseConnections } from '../../src/client/models/connections';
import {
  ask,
  catchErrors,
  client,
  command,
  conversation,
  ModelServer,
  newThread,
  until,
  type Answer,
} from './support';

const key = 'sk-test-0123456789-never-on-disk';

describe('a connection to a model server', () => {
  let server: ModelServer;
  let assistant: Assistant;

  before(async () => {
    server = await ModelServer.start();
    await command('addConnection', { id: 'local', label: 'Local', baseUrl: server.baseUrl, apiKey: key });
    assistant = await command('createAssistant', { name: 'Small', model: 'local/small' });
  });

  after(async () => {
    await command('removeConnection', { connectionId: 'local', confirm: false });
    await server.stop();
  });

  beforeEach(() => {
    server.answer = { status: 200, text: 'Hello!' };
  });

  it('lists its models', async () => {
    deepEqual(
      (await command<{ id: string }[]>('testConnection', { connectionId: 'local' })).map(({ id }) => id),
      ['small'],
    );
  });

  it('answers, with the key that was set for it', async () => {
    const thread = await newThread('Hello');
    equal((await ask(thread.id, assistant.id, 'Hello?')).status, 'completed');
    equal((await conversation(thread.id))[1]?.text, 'Hello!');
    equal(server.authorizations.at(-1), `Bearer ${key}`);
  });

  it('has the context window of the settings, for the model that it is set for', async () => {
    const settings = vscode.workspace.getConfiguration('assistantsStudio');
    const before = settings.get<{ id: string }[]>('connections', []);
    const changed = before.map((entry) =>
      entry.id === 'local' ? { ...entry, contextWindow: { small: 2048 } } : entry,
    );
    await settings.update('connections', changed, vscode.ConfigurationTarget.Global);
    try {
      const thread = await newThread('Long');
      const run = await ask(thread.id, assistant.id, 'word '.repeat(10_000));
      match(run.last_error?.message ?? '', /the context window of 'small' has 2,048\./);
      const other = await command<Assistant>('createAssistant', { name: 'Other', model: 'local/other' });
      equal(
        (await ask((await newThread('Long too')).id, other.id, 'word '.repeat(10_000))).status,
        'completed',
      );
    } finally {
      await settings.update('connections', before, vscode.ConfigurationTarget.Global);
    }
  });

  it('owns model ids without a connection if it is the first one', async () => {
    const bare = await command<Assistant>('createAssistant', { name: 'Bare', model: 'gpt-4-1106-preview' });
    const thread = await newThread('Bare');
    await ask(thread.id, bare.id, 'Hello?');
    equal((await conversation(thread.id))[1]?.text, 'Hello!');
  });

  it('gets nothing that was meant for a connection that does not exist, and a notification offers to choose', async () => {
    const orphan = await command<Assistant>('createAssistant', { name: 'Orphan', model: 'bar/secret' });
    const before = server.turns;
    const errors = catchErrors(() => 'Choose Model…');
    const { createQuickPick } = vscode.window;
    const opened: string[] = [];
    Object.assign(vscode.window, {
      createQuickPick: () => {
        const picker = createQuickPick();
        const show = picker.show.bind(picker);
        picker.show = () => {
          opened.push(picker.title ?? '');
          show();
          picker.hide();
        };
        return picker;
      },
    });
    try {
      const thread = await newThread('Orphan');
      await newThread('In sight');
      const run = await ask(thread.id, orphan.id, 'For bar only.');
      match(run.last_error?.message ?? '', /^There is no connection 'bar' for the model 'bar\/secret'\./);
      await until('the model is asked for', () => opened.length > 0);
      deepEqual(errors.notices[0]?.actions, ['Choose Model…', 'Retry', 'Show Thread']);
      equal(server.turns, before);
    } finally {
      Object.assign(vscode.window, { createQuickPick });
      errors.release();
    }
  });

  it('does not send its key to another origin', async () => {
    const elsewhere = await ModelServer.start();
    await command('addConnection', { id: 'moved', label: 'Moved', baseUrl: server.baseUrl, apiKey: key });
    const settings = vscode.workspace.getConfiguration('assistantsStudio');
    const moved = settings
      .get<{ id: string }[]>('connections', [])
      .map((entry) => (entry.id === 'moved' ? { ...entry, baseUrl: elsewhere.baseUrl } : entry));
    await settings.update('connections', moved, vscode.ConfigurationTarget.Global);
    await command('testConnection', { connectionId: 'moved' });
    equal(elsewhere.authorizations.length, 1);
    ok(!elsewhere.authorizations[0]?.includes(key), elsewhere.authorizations[0]);
    await command('removeConnection', { connectionId: 'moved', confirm: false });
    await elsewhere.stop();
  });

  const failures: [string, Answer, RegExp, string[]][] = [
    [
      'a wrong key',
      { status: 401, error: { message: 'Incorrect API key provided.' } },
      /^Local \(127\.0\.0\.1:\d+\) answered 401: Incorrect API key provided\. .*API key/,
      ['Set API Key…', 'Retry', 'Show Thread'],
    ],
    [
      'too many requests',
      { status: 429, error: { message: 'Slow down.' }, headers: { 'retry-after': '0' } },
      /^Local .* answered 429: Slow down\./,
      ['Retry', 'Show Thread'],
    ],
    [
      'a model that is not known',
      { status: 404, error: { message: 'The model does not exist.', code: 'model_not_found' } },
      /^Local .* answered 404: The model does not exist\./,
      ['Retry', 'Show Thread'],
    ],
  ];
  for (const [what, answer, words, actions] of failures) {
    it(`reports ${what}, keeps the message, and answers it when retried`, async () => {
      const errors = catchErrors(() => {
        server.answer = { status: 200, text: 'At last!' };
        return 'Retry';
      });
      try {
        server.answer = answer;
        const thread = await newThread(what);
        // The chat shows the error of the thread in sight; a notification is for the others.
        await newThread('In sight');
        const run = await ask(thread.id, assistant.id, 'Hello?');
        equal(run.status, 'failed');
        match(run.last_error?.message ?? '', words);
        await until('the retried run has answered', async () => {
          const last = (await conversation(thread.id)).at(-1);
          return last?.role === 'assistant' && last.text === 'At last!';
        });
        equal((await conversation(thread.id))[0]?.text, 'Hello?');
        equal(errors.notices.length, 1);
        match(errors.notices[0]?.message ?? '', words);
        deepEqual(errors.notices[0]?.actions, actions);
      } finally {
        errors.release();
      }
    });
  }

  it('reports that a server cannot be reached', async () => {
    const gone = await ModelServer.start();
    const { baseUrl } = gone;
    await gone.stop();
    await command('addConnection', { id: 'gone', label: 'Gone', baseUrl });
    const nobody = await command<Assistant>('createAssistant', { name: 'Nobody', model: 'gone/small' });
    const errors = catchErrors();
    try {
      const thread = await newThread('Nobody there');
      await newThread('In sight');
      const run = await ask(thread.id, nobody.id, 'Hello?');
      match(run.last_error?.message ?? '', /^Gone .* could not be reached: connection refused/);
      await until('a notification tells of it', () => errors.notices.length === 1);
      await rejects(command('testConnection', { connectionId: 'gone' }), /could not be reached/);
    } finally {
      errors.release();
      await command('removeConnection', { connectionId: 'gone', confirm: false });
    }
  });

  it('is not reported by a notification where the thread is in sight', async () => {
    const thread = await newThread('In sight');
    server.answer = { status: 404, error: { message: 'No such model.', code: 'model_not_found' } };
    const errors = catchErrors();
    try {
      const run = await ask(thread.id, assistant.id, 'Hello?');
      equal(run.status, 'failed');
      // A run that fails after it, out of sight, is reported.
      const other = await newThread('Out of sight');
      await newThread('Another in sight');
      await ask(other.id, assistant.id, 'Hello?');
      await until('a notification comes', () => errors.notices.length > 0);
      equal(errors.notices.length, 1);
    } finally {
      errors.release();
      server.answer = { status: 200, text: 'Hello!' };
    }
  });

  it('leaves its key nowhere on disk, and in no log', async () => {
    const thread = await newThread('Secret');
    await ask(thread.id, assistant.id, 'Hello?');
    server.answer = { status: 401, error: { message: `Incorrect API key provided: ${key}.` } };
    await newThread('In sight');
    const errors = catchErrors();
    const run = await command<Run>('retryRun', { threadId: thread.id, wait: true });
    await until('a notification tells of it', () => errors.notices.length > 0);
    errors.release();
    equal(run.status, 'failed');
    ok(!JSON.stringify([run, errors.notices]).includes(key));
    const report = process.env['ASSISTANTS_STUDIO_REPORT'];
    ok(report, 'The launcher names no data folder.');
    const folder = path.dirname(report);
    ok(filesHolding(folder, 'Hello?').length > 0, 'The data is not where it was looked for.');
    deepEqual(filesHolding(folder, key), []);
  });
});

describe('an invalid connection', () => {
  const good = { id: 'one', kind: 'chat-completions', label: 'One', baseUrl: 'http://127.0.0.1:1/v1' };

  it('is ignored with the reason, and the others stay', () => {
    const { connections, errors } = parseConnections([
      good,
      'nonsense',
      { ...good },
      { ...good, id: 'a/b' },
      { ...good, id: 'demo' },
      { ...good, id: 'two', kind: 'telepathy' },
      { ...good, id: 'three', baseUrl: 'example' },
      { ...good, id: 'four', baseUrl: 'ftp://example.com' },
      { ...good, id: 'five', baseUrl: 'https://me:secret@example.com/v1' },
      { ...good, id: 'six', label: 6 },
      { ...good, id: 'seven' },
    ]);
    deepEqual(
      connections.map(({ id }) => id),
      ['one', 'seven'],
    );
    equal(errors.length, 9);
    match(errors[1] ?? '', /^Connection 3 .*twice/);
    match(errors[6] ?? '', /http:\/\//);
    match(errors[7] ?? '', /Set API Key/);
  });

  it('has a context window that is a number of tokens, or one for each model', () => {
    const windows = [8192, { small: 4096 }, {}, '8k', 100, 8192.5, null, { small: '4k' }, [8192]];
    const { connections, errors } = parseConnections(
      windows.map((contextWindow, at) => ({ ...good, id: `c${at}`, contextWindow })),
    );
    deepEqual(
      connections.map(({ contextWindow }) => contextWindow),
      [8192, { small: 4096 }, {}],
    );
    equal(errors.length, 6);
    match(errors[0] ?? '', /^Connection 4 .*“contextWindow” must be a number of tokens of at least 1,?024/);
  });

  it('is not added', async () => {
    await rejects(command('addConnection', { baseUrl: 'file:///etc/passwd' }), /must start with https/);
    await rejects(command('addConnection', { label: 'Nowhere' }), /must be a URL/);
    await rejects(command('addConnection', { ...good, id: 'demo' }), /belongs to a built-in connection/);
    await rejects(command('addConnection', { ...good, kind: 'telepathy' }), /kind/);
  });

  it('is not found by the commands', async () => {
    await rejects(command('setApiKey', { connectionId: 'none', apiKey: 'x' }), /no connection “none”/);
    await rejects(command('removeConnection', { connectionId: 'demo' }), /built in/);
  });
});

describe('the client that other extensions get', () => {
  it('uses no key from the environment', async () => {
    equal((await client()).apiKey, 'local');
  });
});

/** The files below a folder that contain a text; folders without data are skipped. */
function filesHolding(folder: string, text: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}
