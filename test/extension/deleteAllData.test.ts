import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type OpenAI from 'openai';
import { clearIfDeleted } from '../../src/client/engine/allData';
import { createClient } from '../../src/client/client';
import { EmbeddedEngine } from '../../src/client/engine/embeddedEngine';
import type { Reporter } from '../../src/client/errors/reporter';
import { TrackedSecrets, type SecretStorage } from '../../src/client/models/trackedSecrets';
import { ask, client, command, createTutor, extensionFolder, ModelServer, newThread, until } from './support';
import { memento, PuppetModel } from './window';

const canary = 'canary-7d1f-of-the-deletion';

describe('“Delete All Data”', () => {
  it('leaves nothing of assistants, messages, files and keys, and everything works afterwards', async () => {
    const api = await client();
    const models = await ModelServer.start();
    await command('addConnection', { id: 'kept', label: 'Kept', baseUrl: models.baseUrl, apiKey: canary });
    const tutor = await createTutor(`Tutor ${canary}`);
    const thread = await newThread(canary);
    await ask(thread.id, tutor.id, `What is ${canary}?`);
    await api.files.create({ file: new File([canary], `${canary}.txt`), purpose: 'assistants' });
    await command('startServer', {});
    ok(filesWith(canary).length > 0, 'The data is not where it was looked for.');

    await command('deleteAllData', { confirm: false });

    deepEqual(filesWith(canary), []);
    deepEqual((await api.beta.assistants.list()).data, []);
    deepEqual((await api.files.list()).data, []);
    await command('testConnection', { connectionId: 'kept' });
    ok(!models.authorizations.at(-1)?.includes(canary), 'The key is still there.');
    await until('the server has stopped', async () => {
      const copied = await Promise.allSettled([command('copyServerEnvironment', { format: 'bash' })]);
      return copied[0].status === 'rejected';
    });
    await command('removeConnection', { connectionId: 'kept', confirm: false });
    await models.stop();

    const again = await createTutor('After it all');
    const anew = await newThread('Anew');
    equal((await ask(anew.id, again.id, 'Hello?')).status, 'completed');
  });

  it('clears the state of other workspaces when they are opened', async () => {
    const [globalState, here, elsewhere] = [memento(), memento(), memento()];
    void here.update('chat.drafts', { '': 'a draft' });
    await clearIfDeleted(globalState, here);
    equal(here.keys().length, 1);
    void globalState.update('dataDeleted', 1);
    void elsewhere.update('dataDeleted', 1);
    void elsewhere.update('chat.drafts', { '': 'written since' });
    await clearIfDeleted(globalState, here);
    await clearIfDeleted(globalState, elsewhere);
    equal(here.get('chat.drafts'), undefined);
    deepEqual(elsewhere.get('chat.drafts'), { '': 'written since' });
  });

  for (const canList of [true, false]) {
    it(`clears the state of other profiles, with their keys, when they are opened, ${canList ? 'with' : 'without'} a list of secrets`, async () => {
      const dataDir = mkdtempSync(path.join(tmpdir(), 'assistants-studio-test-'));
      const { secrets, stored } = secretStorage(canList);
      const [here, there, workspace] = [memento(), memento(), memento()];
      const shared = { dataDir, secrets: new TrackedSecrets(secrets, there) };
      try {
        await there.update('chat.drafts', { '': canary });
        await workspace.update('chat.drafts', { '': canary });
        await shared.secrets.store('apiKey:other', canary);
        await clearIfDeleted(there, workspace, shared);
        deepEqual([there.keys().length, workspace.keys().length], [2, 1], 'nothing was deleted yet');

        const window = openWindow(dataDir);
        await new TrackedSecrets(secrets, here).deleteAll();
        await window.engine.deleteData(1000);
        await window.engine.close();
        deepEqual([...stored.keys()], canList ? [] : ['apiKey:other']);
        if (canList) await new TrackedSecrets(secrets, here).store('apiKey:other', 'set since');

        await clearIfDeleted(there, workspace, shared);
        deepEqual([there.keys(), workspace.keys()], [['dataDeleted'], ['dataDeleted']]);
        deepEqual([...stored.values()], canList ? ['set since'] : []);
        await there.update('chat.drafts', { '': 'written since' });
        await clearIfDeleted(there, workspace, shared);
        deepEqual(there.get('chat.drafts'), { '': 'written since' });
      } finally {
        rmSync(dataDir, { recursive: true, force: true });
      }
    });
  }

  it('finds the secrets of other profiles', async () => {
    const { secrets, stored } = secretStorage(true);
    await new TrackedSecrets(secrets, memento()).store('apiKey:other', canary);
    await new TrackedSecrets(secrets, memento()).deleteAll();
    equal(stored.size, 0);
  });

  it('finds every secret', async () => {
    const { secrets, stored } = secretStorage(false);
    const state = memento();
    const book = new TrackedSecrets(secrets, state);
    for (const name of ['one', 'two', 'three']) await book.store(name, canary);
    await book.delete('two');
    equal(await book.get('one'), canary);
    // Another window has its own instance over the same storage.
    await new TrackedSecrets(secrets, state).deleteAll();
    equal(stored.size, 0);
    deepEqual(state.keys(), []);
  });
});

describe('two windows, one of which deletes all data', () => {
  let dataDir: string;
  let deleter: Window;
  let other: Window;

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'assistants-studio-test-'));
    deleter = openWindow(dataDir);
    other = openWindow(dataDir);
  });

  afterEach(async () => {
    await deleter.engine.close();
    await other.engine.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('both continue with the same empty database', async () => {
    await deleter.client.beta.assistants.create({ name: 'Old', model: 'puppet/puppet' });
    equal((await other.client.beta.assistants.list()).data.length, 1);
    await deleter.engine.deleteData();
    await until('the other window was told', () => other.losses() > 0);
    deepEqual((await other.client.beta.assistants.list()).data, []);
    const made = await other.client.beta.assistants.create({ name: 'New', model: 'puppet/puppet' });
    deepEqual((await deleter.client.beta.assistants.list()).data, [made]);
  });

  it('a run of the other one ends, and leaves nothing', async () => {
    const { client: api, model } = other;
    const assistant = await api.beta.assistants.create({ model: 'puppet/puppet' });
    const thread = await api.beta.threads.create({ messages: [{ role: 'user', content: canary }] });
    const stream = await api.beta.threads.runs.create(thread.id, {
      assistant_id: assistant.id,
      stream: true,
    });
    model.say('One ');
    await until('the model was asked', () => model.lastRequest);
    await deleter.engine.deleteData();
    await until('the other window was told', () => other.losses() > 0);
    model.say('two.');
    model.finish();
    await (async () => {
      for await (const event of stream) ok(event.event);
    })().catch(() => {});
    deepEqual((await other.client.get<{ data: unknown[] }>('/threads')).data, []);
    deepEqual(filesWith(canary, dataDir), []);
  });

  it('the other one waits while the deletion is under way', async () => {
    await deleter.client.beta.assistants.list();
    await other.client.beta.assistants.list();
    const mark = path.join(dataDir, 'being-deleted');
    writeFileSync(mark, '');
    let answered = false;
    const list = other.client.beta.assistants.list().then((page) => {
      answered = true;
      return page;
    });
    await until('it has let go of the database', () => other.losses() > 0);
    equal(answered, false);
    rmSync(mark);
    match(JSON.stringify((await list).data), /^\[\]$/);
  });
});

/** A secret storage, of a version of VS Code that can list its names, or of one that cannot. */
function secretStorage(canList: boolean): { secrets: SecretStorage; stored: Map<string, string> } {
  const stored = new Map<string, string>();
  const secrets = {
    get: (name: string) => Promise.resolve(stored.get(name)),
    store: (name: string, value: string) => Promise.resolve(void stored.set(name, value)),
    delete: (name: string) => Promise.resolve(void stored.delete(name)),
    ...(canList && { keys: () => Promise.resolve([...stored.keys()]) }),
  };
  return { secrets, stored };
}

interface Window {
  engine: EmbeddedEngine;
  client: OpenAI;
  model: PuppetModel;
  losses: () => number;
}

function openWindow(dataDir: string): Window {
  const model = new PuppetModel();
  const reporter = { log: () => {}, notify: () => {}, info: () => {} } as unknown as Reporter;
  const models = () => [{ id: 'puppet', label: 'Puppet', provider: model }];
  const engine = new EmbeddedEngine(dataDir, path.join(extensionFolder(), 'dist'), models, reporter);
  let losses = 0;
  engine.onDidLoseData(() => losses++);
  return { engine, client: createClient(engine.fetch), model, losses: () => losses };
}

/** The files that contain a text, in VS Code's data folder by default. */
function filesWith(
  text: string,
  folder = path.dirname(process.env['ASSISTANTS_STUDIO_REPORT'] ?? ''),
): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text) || file.includes(text));
}
