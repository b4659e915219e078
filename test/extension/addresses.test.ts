import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { Connection } from '../../src/client/models/connections';
import { ask, catchErrors, command, newThread, until } from './support';

/** A server whose only address is `/v1/models`; it records what else is asked for. */
class OneAddress {
  readonly asked: { path: string; authorization: string | undefined }[] = [];
  private readonly server = http.createServer((request, response) => {
    const path = request.url ?? '';
    this.asked.push({ path, authorization: request.headers.authorization });
    request.resume();
    const body =
      path === '/v1/models' ? { object: 'list', data: [{ id: 'small' }] } : { detail: 'Not Found' };
    response.writeHead('data' in body ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Stands in for VS Code's lists, inputs and information messages, and answers them in turn. */
function answerInputs(...answers: (RegExp | string)[]) {
  const { createQuickPick, createInputBox, showInformationMessage } = vscode.window;
  const shown: string[] = [];
  const none = (): vscode.Disposable => ({ dispose: () => undefined });
  const input = () => {
    const accepts: (() => void)[] = [];
    return {
      selectedItems: [] as vscode.QuickPickItem[],
      value: '',
      title: '',
      onDidAccept: (listener: () => void) => (accepts.push(listener), none()),
      onDidHide: none,
      onDidTriggerButton: none,
      onDidChangeValue: none,
      dispose: () => undefined,
      accept: () => accepts.forEach((listener) => listener()),
    };
  };
  Object.assign(vscode.window, {
    createQuickPick: () => {
      let items: vscode.QuickPickItem[] = [];
      const pick = Object.assign(input(), { show: () => undefined });
      return Object.defineProperty(pick, 'items', {
        get: () => items,
        set: (list: vscode.QuickPickItem[]) => {
          items = list;
          const real = list.filter(({ kind }) => kind !== vscode.QuickPickItemKind.Separator);
          if (real.length === 0) return;
          const wanted = answers.shift() ?? '';
          shown.push(...real.map(({ label }) => label));
          pick.selectedItems = real.filter(({ label }) =>
            typeof wanted === 'string' ? label === wanted : wanted.test(label),
          );
          setTimeout(() => pick.accept());
        },
      });
    },
    createInputBox: () => {
      const box = Object.assign(input(), {
        show: () => {
          const answer = answers.shift();
          if (typeof answer === 'string') box.value = answer;
          setTimeout(() => box.accept());
        },
      });
      return box;
    },
    showInformationMessage: (message: string) => {
      shown.push(message);
      return Promise.resolve(undefined);
    },
  });
  return {
    shown,
    release: () =>
      void Object.assign(vscode.window, { createQuickPick, createInputBox, showInformationMessage }),
  };
}

function addressOf(id: string): string | undefined {
  return vscode.workspace
    .getConfiguration('assistantsStudio')
    .get<Connection[]>('connections', [])
    .find((entry) => entry.id === id)?.baseUrl;
}

describe('a connection whose base URL has no API', () => {
  let server: OneAddress;
  const key = 'sk-address-0123456789';

  beforeEach(async () => {
    server = new OneAddress();
    await server.start();
  });

  afterEach(async () => {
    const entries = vscode.workspace
      .getConfiguration('assistantsStudio')
      .get<Connection[]>('connections', [])
      .filter(({ baseUrl }) => baseUrl.startsWith(server.origin));
    for (const { id } of entries) await command('removeConnection', { connectionId: id, confirm: false });
    await server.stop();
  });

  for (const path of ['', '/', '/v1/chat/completions', '/v1/models', '/v1/v1', '/api', '/api/chat']) {
    it(`is found at another one by a test from code: ${path || 'no path'}`, async () => {
      await command('addConnection', { id: 'lost', baseUrl: server.origin + path, apiKey: key });
      await rejects(
        command('testConnection', { connectionId: 'lost' }),
        new RegExp(`The API was found at ${server.origin}/v1\\.`),
      );
      ok(server.asked.every(({ authorization }) => authorization === `Bearer ${key}`));
    });
  }

  it('is offered the right one by a test, and then has its models', async () => {
    await command('addConnection', { id: 'lost', label: 'Lost', baseUrl: server.origin, apiKey: key });
    const inputs = answerInputs('Lost');
    const errors = catchErrors(({ actions }) => actions[0]);
    try {
      await command('testConnection');
      deepEqual(errors.notices[0]?.actions, [`Use ${server.origin}/v1`, 'Open Settings']);
      equal(addressOf('lost'), `${server.origin}/v1`);
      ok(inputs.shown.includes('Lost is connected. Models: 1.'), inputs.shown.join('\n'));
      equal(server.asked.at(-1)?.authorization, `Bearer ${key}`);
    } finally {
      errors.release();
      inputs.release();
    }
  });

  it('is offered the right one when it is added', async () => {
    const inputs = answerInputs(
      'Another server…',
      `${server.origin}/v1/chat/completions`,
      'Found',
      key,
      /^Use .*\/v1$/,
    );
    try {
      const added = await command<Connection>('addConnection');
      equal(added.baseUrl, `${server.origin}/v1`);
      equal(addressOf(added.id), `${server.origin}/v1`);
      await until('it is tested', () => inputs.shown.includes('Found is connected. Models: 1.'));
    } finally {
      inputs.release();
    }
  });

  it('can be added as it was entered', async () => {
    const entered = `${server.origin}/chat/completions`;
    const inputs = answerInputs('Another server…', entered, 'Stubborn', '', `Use ${entered}`);
    const errors = catchErrors();
    try {
      equal((await command<Connection>('addConnection')).baseUrl, entered);
      await until('it is tested', () => errors.notices.length > 0);
    } finally {
      errors.release();
      inputs.release();
    }
  });

  it('fails a run with the likely one', async () => {
    await command('addConnection', { id: 'lost', label: 'Lost', baseUrl: server.origin });
    const assistant = await command<Assistant>('createAssistant', { name: 'Lost', model: 'lost/small' });
    const errors = catchErrors();
    try {
      const run = await ask((await newThread('Lost')).id, assistant.id, 'Hello?');
      match(
        run.last_error?.message ?? '',
        new RegExp(`It may be ${server.origin}/v1: “Assistants: Test Connection…”`),
      );
    } finally {
      errors.release();
    }
  });
});

describe('the time that a model may be silent', () => {
  it('is a setting, read for every request', async () => {
    const waiting: http.ServerResponse[] = [];
    const server = http.createServer((request, response) => {
      request.resume();
      waiting.push(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    await command('addConnection', { id: 'slow', label: 'Slow', baseUrl });
    const assistant = await command<Assistant>('createAssistant', { name: 'Slow', model: 'slow/small' });
    const settings = vscode.workspace.getConfiguration('assistantsStudio');
    const errors = catchErrors();
    try {
      await settings.update('modelTimeout', 0.01, vscode.ConfigurationTarget.Global);
      const run = await ask((await newThread('Slow')).id, assistant.id, 'Hello?');
      match(run.last_error?.message ?? '', /^Slow .* sent nothing for 1 s\./);
    } finally {
      errors.release();
      await settings.update('modelTimeout', undefined, vscode.ConfigurationTarget.Global);
      await command('removeConnection', { connectionId: 'slow', confirm: false });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
