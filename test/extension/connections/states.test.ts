import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { Connections } from '../../../src/client/models/connections';
import { stateWords } from '../../../src/client/models/connectionStates';
import { KeyStore } from '../../../src/client/models/keys';
import { TrackedSecrets } from '../../../src/client/models/trackedSecrets';
import type { ActiveService } from '../../../src/client/service/activeService';
import { testConnection } from '../../../src/client/service/connectionTest';
import { command, until } from '../support';
import { memento } from '../window';
import { FakeServer, modelList, type Reply } from './support';

/** A secret storage in memory; another one has none of its secrets. */
function secretStorage() {
  const stored = new Map<string, string>();
  return {
    get: (name: string) => Promise.resolve(stored.get(name)),
    store: (name: string, value: string) => Promise.resolve(void stored.set(name, value)),
    delete: (name: string) => Promise.resolve(void stored.delete(name)),
  };
}

describe('the state of a connection', () => {
  let server: FakeServer;
  let connections: Connections;
  let keys: KeyStore;
  const service = {
    probe: () => Promise.reject(new Error('There is no Assistants API here.')),
  } as unknown as ActiveService;

  before(async () => {
    server = await FakeServer.start(() => modelList('small', 'large'));
    await command('addConnection', { id: 'stated', label: 'Stated', baseUrl: server.baseUrl });
    await command('addConnection', {
      id: 'remote',
      kind: 'server',
      label: 'Remote',
      baseUrl: 'http://127.0.0.1:9/v1',
    });
  });

  after(async () => {
    for (const connectionId of ['stated', 'remote'])
      await command('removeConnection', { connectionId, confirm: false });
    await server.stop();
  });

  beforeEach(() => {
    server.reply = () => modelList('small', 'large');
    server.asked.length = 0;
    keys = new KeyStore(secretStorage());
    connections = new Connections(keys);
  });

  afterEach(() => connections.dispose());

  const connection = () => connections.list().find(({ id }) => id === 'stated')!;
  const state = () => connections.states.of(connection());
  const test = () => testConnection({ connections, service }, 'stated');

  it('is not known before a test, and nothing is sent for it', () => {
    equal(stateWords(state()), 'not tested yet');
    deepEqual(server.asked, []);
  });

  it('is that it is being tested, then the number of its models', async () => {
    const seen: string[] = [];
    connections.states.onDidChange(() => seen.push(stateWords(state())));
    await test();
    deepEqual(seen, ['testing…', 'reachable · 2 models']);
    server.reply = () => modelList('small');
    await test();
    equal(stateWords(state()), 'reachable · 1 model');
  });

  const unauthorized: Reply = { status: 401, body: { error: { message: 'No such key.' } } };
  for (const [what, reply, key, words] of [
    ['without a key', unauthorized, undefined, 'key missing'],
    ['with a wrong key', unauthorized, 'sk-wrong-12345', 'key refused · 401'],
    [
      'with a key without rights',
      { status: 403, body: { error: { message: 'Not yours.' } } },
      'sk-a-12345',
      'key refused · 403',
    ],
    [
      'and a web page',
      { body: '<html><title>Hello</title></html>', type: 'text/html' },
      undefined,
      'no API at this address',
    ],
    ['and no such path', { status: 404, body: { detail: 'Not Found' } }, undefined, 'no API at this address'],
    ['and an error', { status: 500, body: { error: { message: 'Oh.' } } }, undefined, 'failed · 500'],
  ] as const) {
    it(`after an answer ${what} is: ${words}`, async () => {
      if (key) await keys.set(connection(), key);
      server.reply = () => reply;
      await rejects(test(), /Stated/);
      equal(stateWords(state()), words);
      match(JSON.stringify(state()), /"message":"Stated \(127/);
    });
  }

  it('is that it cannot be reached, or does not answer in time', async () => {
    const { port } = server;
    await server.stop();
    await rejects(test(), /could not be reached/);
    equal(stateWords(state()), 'unreachable');
    server = await FakeServer.start(() => undefined, port);
    await rejects(
      connections.listModels('stated', new AbortController().signal, 0.3),
      /^UserError: Stated did not answer within 0\.3 s\.$/,
    );
    equal(stateWords(state()), 'unreachable');
  });

  it('of a server with the Assistants API is tested by its assistants', async () => {
    await rejects(testConnection({ connections, service }, 'remote'), /no Assistants API here/);
    const remote = connections.list().find(({ id }) => id === 'remote')!;
    equal(stateWords(connections.states.of(remote)), 'unreachable');
    const answering = { probe: () => Promise.resolve() } as unknown as ActiveService;
    await testConnection({ connections, service: answering }, 'remote');
    equal(stateWords(connections.states.of(remote)), 'reachable');
  });

  it('is forgotten with a new base URL', async () => {
    await test();
    const { baseUrl } = connection();
    await connections.update(connection(), { baseUrl: `${baseUrl}/other` });
    equal(stateWords(state()), 'not tested yet');
    await connections.update(connection(), { baseUrl });
  });

  it('is that of before after a cancelled test', async () => {
    await test();
    server.reply = () => undefined;
    const aborter = new AbortController();
    const cancelled = testConnection({ connections, service }, 'stated', aborter.signal);
    await until('it is asked', () => server.asked.length === 2);
    aborter.abort();
    await rejects(cancelled);
    equal(stateWords(state()), 'reachable · 2 models');
  });

  it('of all is found by one command', async () => {
    await command('testConnections', {});
    equal(server.asked.length, 1);
  });
});

describe('a VS Code that forgets secrets', () => {
  it('is found out in the session after the first', async () => {
    const state = memento();
    const first = new TrackedSecrets(secretStorage(), state, 'first');
    equal(await first.forgets(), undefined);
    equal(await first.forgets(), undefined);
    const second = new TrackedSecrets(secretStorage(), state, 'second');
    equal(await second.forgets(), true);
    equal(await second.forgets(), true);
    equal(await new TrackedSecrets(secretStorage(), state, 'third').forgets(), true);
  });

  it('is told from one that keeps them', async () => {
    const [state, storage] = [memento(), secretStorage()];
    equal(await new TrackedSecrets(storage, state, 'first').forgets(), undefined);
    equal(await new TrackedSecrets(storage, state, 'second').forgets(), false);
    equal(await new TrackedSecrets(storage, state, 'third').forgets(), false);
  });
});
