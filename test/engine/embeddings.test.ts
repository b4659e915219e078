import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type OpenAI from 'openai';
import { createChatCompletionsModel } from '../../src/engine/models/chatCompletions';
import { createResponsesModel } from '../../src/engine/models/responses';
import type { ModelConnection } from '../../src/engine/models/modelProvider';
import { openSearch, storeWith, upload, whenRead } from './fileSearchSupport';
import { modelErrorOf, rawServer, type RawServer, sendJSON } from './models/support';
import { until } from './support';

/** The embedding of a text: cars and automobiles are similar, fruit is different. */
function meaning(text: string): number[] {
  return [/car|automobile/i.test(text) ? 1 : 0, /apple|pear/i.test(text) ? 1 : 0, 0.1];
}

interface EmbeddingServer extends RawServer {
  /** The status of the next answers; with 200 they have embeddings. */
  status: number;
  /** Delays the next answer until the returned function is called. */
  hold: () => () => void;
}

/** A server of embeddings that knows what words mean, and answers the last text first. */
async function embeddingServer(): Promise<EmbeddingServer> {
  let gate: Promise<void> = Promise.resolve();
  const hold = () => {
    let go: () => void = () => undefined;
    gate = new Promise((resolve) => (go = resolve));
    return go;
  };
  const state = { status: 200, hold };
  const server = await rawServer((response, { body }) => {
    const turn = gate;
    gate = Promise.resolve();
    void turn.then(() => answer(response, body));
  });
  const answer = (response: ServerResponse, body: Record<string, unknown>) => {
    if (state.status !== 200)
      return sendJSON(response, state.status, { error: { message: 'No such model.' } });
    const data = (body['input'] as string[]).map((text, index) => ({ index, embedding: meaning(text) }));
    sendJSON(response, 200, { object: 'list', data: data.toReversed(), model: body['model'] });
  };
  return Object.assign(state, server);
}

function connectionTo({ baseURL }: RawServer): ModelConnection {
  return { id: 'local', label: 'Local', provider: createChatCompletionsModel({ label: 'Local', baseURL }) };
}

/** Why the files of a store are found by words alone, oldest first. */
async function embeddingErrors(client: OpenAI, storeId: string): Promise<(string | undefined)[]> {
  const { data } = await client.vectorStores.files.list(storeId, { order: 'asc' });
  return data.map((file) => (file as { embedding_error?: string }).embedding_error);
}

const files = {
  'car.txt': 'The automobile needs fuel.',
  'fruit.txt': 'An apple a day.',
};

describe('search by meaning', () => {
  it('finds passages without any of the question’s words, with the model that is set', async () => {
    const server = await embeddingServer();
    const { client } = openSearch({ models: () => [connectionTo(server)], embeddings: () => 'local/small' });
    const store = await storeWith(client, files);
    equal((store as unknown as { embedding_model: string }).embedding_model, 'local/small');
    equal(server.asked[0]?.path, '/v1/embeddings');
    deepEqual([server.asked[0].body['model'], server.asked[0].body['encoding_format']], ['small', 'float']);
    const { data } = await client.vectorStores.search(store.id, { query: 'car' });
    equal(data[0]?.filename, 'car.txt');
  });

  it('asks no server where no model is set', async () => {
    const server = await embeddingServer();
    const { client } = openSearch({ models: () => [connectionTo(server)] });
    const store = await storeWith(client, files);
    await client.vectorStores.search(store.id, { query: 'apple' });
    equal(server.asked.length, 0);
    equal((store as unknown as { embedding_model: null }).embedding_model, null);
  });

  it('is skipped if the server fails: the file says so, and is found by its words', async () => {
    const server = await embeddingServer();
    server.status = 404;
    const { client, log } = openSearch({
      models: () => [connectionTo(server)],
      embeddings: () => 'local/small',
    });
    const store = await storeWith(client, files);
    deepEqual(store.file_counts.completed, 2);
    const [file] = (await client.vectorStores.files.list(store.id)).data;
    match((file as unknown as { embedding_error: string }).embedding_error, /No such model/);
    ok(
      log.some((line) => line.includes('by its words alone')),
      log.join('\n'),
    );
    equal((await client.vectorStores.search(store.id, { query: 'apple' })).data[0]?.filename, 'fruit.txt');
  });

  it('falls back to words if a question cannot be embedded', async () => {
    const server = await embeddingServer();
    const { client, log } = openSearch({
      models: () => [connectionTo(server)],
      embeddings: () => 'local/small',
    });
    const store = await storeWith(client, files);
    server.status = 400;
    equal((await client.vectorStores.search(store.id, { query: 'apple' })).data[0]?.filename, 'fruit.txt');
    ok(log.some((line) => line.includes('by words alone')));
  });

  it('never mixes two models; a store is rebuilt for another one when that is asked for', async () => {
    const server = await embeddingServer();
    let model = 'local/small';
    const { client } = openSearch({ models: () => [connectionTo(server)], embeddings: () => model });
    const { id } = await storeWith(client, files);
    model = 'local/large';
    const before = server.asked.length;
    deepEqual((await client.vectorStores.search(id, { query: 'car' })).data, [], 'words alone');
    const late = await upload(client, 'late.txt', 'A pear.');
    const added = await client.vectorStores.files.createAndPoll(id, { file_id: late.id });
    match((added as unknown as { embedding_error: string }).embedding_error, /local\/small.*Rebuild/);
    equal(server.asked.length, before);

    await client.post(`/vector_stores/${id}/rebuild`);
    const rebuilt = await whenRead(client, id);
    equal((rebuilt as unknown as { embedding_model: string }).embedding_model, 'local/large');
    deepEqual(rebuilt.file_counts, { in_progress: 0, completed: 3, failed: 0, cancelled: 0, total: 3 });
    equal(server.asked.at(-1)?.body['model'], 'large');
    equal((await client.vectorStores.search(id, { query: 'car' })).data[0]?.filename, 'car.txt');
    const again = await client.vectorStores.files.retrieve(late.id, { vector_store_id: id });
    equal('embedding_error' in again, false);
  });

  for (const after of ['local/large', undefined]) {
    it(`embeds a file again that was embedded while the store was rebuilt for ${after ?? 'no model'}`, async () => {
      const server = await embeddingServer();
      let model: string | undefined = 'local/small';
      const { client } = openSearch({ models: () => [connectionTo(server)], embeddings: () => model });
      const { id } = await storeWith(client, files);
      const go = server.hold();
      const asked = server.asked.length;
      const late = await upload(client, 'late.txt', 'A pear.');
      await client.vectorStores.files.create(id, { file_id: late.id });
      await until('it is being embedded', () => server.asked.length > asked);
      model = after;
      await client.post(`/vector_stores/${id}/rebuild`);
      go();
      const rebuilt = await whenRead(client, id);
      equal((rebuilt as unknown as { embedding_model: string | null }).embedding_model, after ?? null);
      deepEqual(await embeddingErrors(client, id), [undefined, undefined, undefined]);
      const { data } = await client.vectorStores.search(id, { query: 'apple' });
      equal(
        data.some(({ filename }) => filename === 'late.txt'),
        after !== undefined,
      );
    });
  }

  it('embeds a file again whose store has vectors of the model that was set since', async () => {
    const server = await embeddingServer();
    let model = 'local/small';
    const { client } = openSearch({ models: () => [connectionTo(server)], embeddings: () => model });
    const go = server.hold();
    const [car, fruit] = [await upload(client, 'a', 'automobile'), await upload(client, 'b', 'pear')];
    const { id } = await client.vectorStores.create({ file_ids: [car.id] });
    await until('it is being embedded', () => server.asked.length === 1);
    model = 'local/large';
    await client.vectorStores.files.createAndPoll(id, { file_id: fruit.id });
    go();
    await whenRead(client, id);
    deepEqual(await embeddingErrors(client, id), [undefined, undefined]);
    equal((await client.vectorStores.search(id, { query: 'car' })).data[0]?.filename, 'a');
  });

  it('says of a file that it has not the model of its store, which another engine has made meanwhile', async () => {
    const server = await embeddingServer();
    const models = () => [connectionTo(server)];
    // The first engine leaves the second file to the other one.
    const tickInterval = 3_600_000;
    const { client, dataDir } = openSearch({ models, embeddings: () => 'local/small', tickInterval });
    const go = server.hold();
    const [car, fruit] = [await upload(client, 'a', 'automobile'), await upload(client, 'b', 'pear')];
    const { id } = await client.vectorStores.create({ file_ids: [car.id] });
    await until('it is being embedded', () => server.asked.length === 1);
    const other = openSearch({ models, dataDir, embeddings: () => 'local/large' });
    await other.client.vectorStores.files.createAndPoll(id, { file_id: fruit.id });
    go();
    await whenRead(client, id);
    const [first, second] = await embeddingErrors(client, id);
    match(first!, /made with the embeddings model local\/large/);
    equal(second, undefined);
  });

  it('says which connection has no embeddings', async () => {
    const { client, log } = openSearch({ embeddings: () => 'demo/any' });
    await storeWith(client, files);
    await until('it is told', () => log.find((line) => line.includes('Demo has no embeddings models')));
  });
});

for (const create of [createChatCompletionsModel, createResponsesModel]) {
  describe(`embeddings of ${create.name}`, () => {
    const signal = new AbortController().signal;

    it('are asked for in batches, and put in the order of their texts', async () => {
      const server = await embeddingServer();
      const model = create({ label: 'Test', baseURL: server.baseURL });
      const texts = Array.from({ length: 150 }, (_, at) => (at % 2 ? 'car' : 'apple'));
      const vectors = await model.embed!('small', texts, signal);
      equal(vectors.length, 150);
      deepEqual(
        vectors.slice(0, 2).map((vector) => [...vector.slice(0, 2)]),
        [
          [0, 1],
          [1, 0],
        ],
      );
      ok(server.asked.length > 1);
    });

    it('fail in the server’s words, or say what is wrong with its answer', async () => {
      const answers: [body: unknown, message: RegExp][] = [
        [{ data: [] }, /0 vectors for 1 texts/],
        [{ data: [{ index: 0, embedding: ['x'] }] }, /not a list of numbers/],
        [{ data: [{ index: 0, embedding: [] }] }, /not a list of numbers/],
        ['no list', /0 vectors/],
      ];
      for (const [body, message] of answers) {
        const { baseURL } = await rawServer((response) => sendJSON(response, 200, body));
        const model = create({ label: 'Test', baseURL });
        match((await modelErrorOf(model.embed!('m', ['a'], signal))).message, message);
      }
      const { baseURL } = await rawServer((response) =>
        sendJSON(response, 401, { error: { message: 'Wrong key.' } }),
      );
      match(
        (await modelErrorOf(create({ label: 'Test', baseURL }).embed!('m', ['a'], signal))).message,
        /Test.*Wrong key/s,
      );
    });
  });
}
