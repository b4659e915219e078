import { deepEqual, equal, match } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { command, extensionFolder, ModelServer } from '../support';

/** Runs a TypeScript program as its user does, and returns what it printed. */
function run(code: string, env: Record<string, string>): Promise<string> {
  // In the repository, where its import of `openai` is found.
  const folder = mkdtempSync(path.join(extensionFolder(), 'out', 'copied-'));
  const file = path.join(folder, 'ask.mts');
  writeFileSync(file, code);
  return new Promise<string>((resolve, reject) => {
    const options = { env: { ...process.env, ...env, ELECTRON_RUN_AS_NODE: '1' } };
    execFile(process.execPath, [file, 'Who are you?'], options, (error, stdout, stderr) =>
      error ? reject(new Error(stderr, { cause: error })) : resolve(stdout),
    );
  }).finally(() => rmSync(folder, { recursive: true }));
}

describe('a copied program, with two connections that have a model of the same id', () => {
  let servers: ModelServer[];

  before(async () => {
    servers = [await ModelServer.start(), await ModelServer.start()];
    for (const [index, id] of ['left', 'right'].entries()) {
      servers[index]!.answer = { status: 200, text: `I am ${id}.` };
      await command('addConnection', { id, label: id, baseUrl: servers[index]!.baseUrl });
    }
  });

  after(async () => {
    await command('stopServer', {});
    for (const connectionId of ['left', 'right'])
      await command('removeConnection', { connectionId, confirm: false });
    for (const server of servers) await server.stop();
  });

  for (const [model, named, answer] of [
    ['right/small', 'right/small', 'I am right.'],
    ['left/small', 'left/small', 'I am left.'],
    ['small', 'left/small', 'I am left.'],
  ] as const) {
    it(`runs against the server of the window, on the model of its connection: ${model}`, async () => {
      const assistant = await command<Assistant>('createAssistant', { name: 'Named', model });
      const { baseUrl } = await command<{ baseUrl: string }>('startServer', {});
      await command('copyServerEnvironment', { format: 'dotenv' });
      const [, key = ''] = /OPENAI_API_KEY="?([\w-]+)/.exec(await vscode.env.clipboard.readText()) ?? [];
      const code = await command<string>('copyAsCode', { assistantId: assistant.id, language: 'typescript' });
      match(code, new RegExp(`model: "${named}"`));
      match(code, new RegExp(`OPENAI_BASE_URL=${baseUrl} `));
      equal((await run(code, { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: key })).trim(), answer);
      const python = await command<string>('copyAsCode', { assistantId: assistant.id, language: 'python' });
      match(python, new RegExp(`model="${named}",`));
    });
  }

  it('names the server of the window while that is off, and what starts one without VS Code', async () => {
    const assistant = await command<Assistant>('createAssistant', { name: 'Off', model: 'right/small' });
    await command('stopServer', {});
    const code = await command<string>('copyAsCode', { assistantId: assistant.id, language: 'python' });
    match(code, /“Assistants: Start Local API Server”/);
    match(code, /--model-connection right$/m);
    deepEqual(code.match(/model="[^"]*"/g), ['model="right/small"']);
  });
});
