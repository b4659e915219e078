import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type OpenAI from 'openai';
import type { Assistant, AssistantCreateParams } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { CursorPage } from 'openai/core/pagination';
import { startServer } from '../../../src/engine/server/localServer';
import { Store } from '../../../src/engine/store/store';
import type { AssistantVersion } from '../../../src/engine/store/versions/versionTable';
import { VersionTable } from '../../../src/engine/store/versions/versionTable';
import { openSearch } from '../fileSearchSupport';
import { importObjects } from '../doors/support';
import { folderOf } from '../versions/support';
import {
  afterTest,
  ask,
  createTutor,
  openEngine,
  refused,
  ScriptedModel,
  says,
  temporaryFolder,
} from '../support';

interface Query {
  limit?: number;
  order?: 'asc' | 'desc';
  after?: string;
  before?: string;
}

type Restored = AssistantVersion & { problems: { param: string; message: string }[] };

function versionsOf(client: OpenAI, id: string, query: Query = {}): Promise<CursorPage<AssistantVersion>> {
  const path = `/assistants/${id}/versions`;
  return client.getAPIList(path, CursorPage<AssistantVersion>, { query });
}

function versionOf(client: OpenAI, id: string, version: number | string): Promise<AssistantVersion> {
  return client.get(`/assistants/${id}/versions/${version}`);
}

function restore(client: OpenAI, id: string, version: number | string, body = {}): Promise<Restored> {
  return client.post(`/assistants/${id}/versions/${version}/restore`, { body });
}

describe('the versions of an assistant', () => {
  it('are made by its creation and by each change, and say what has changed', async () => {
    const { client } = openEngine();
    const created = await createTutor(client);
    const changed = await client.beta.assistants.update(created.id, {
      instructions: 'Answer in rhymes.',
      temperature: 0.5,
    });
    const { data } = await versionsOf(client, created.id);
    deepEqual(
      data.map(({ version, changed }) => [version, changed]),
      [
        [2, ['instructions', 'temperature']],
        [1, []],
      ],
    );
    deepEqual(
      data.map(({ assistant }) => assistant),
      [changed, created],
    );
    ok(data[1]!.created_at <= data[0]!.created_at);
    deepEqual(await versionOf(client, created.id, 1), data[1]);
    deepEqual(await versionOf(client, created.id, data[1]!.id), data[1]);
  });

  it('are not made where nothing has changed', async () => {
    const { client } = openSearch();
    const store = await client.vectorStores.create({ name: 'Notes' });
    const tools: Assistant['tools'] = [{ type: 'file_search' }];
    const fields: AssistantCreateParams = {
      model: 'demo/tutor',
      tools,
      metadata: { one: '1', two: '2' },
      tool_resources: { file_search: { vector_store_ids: [store.id] } },
    };
    const { id } = await client.beta.assistants.create(fields);
    await client.beta.assistants.update(id, {});
    await client.beta.assistants.update(id, fields);
    await client.beta.assistants.update(id, { ...fields, metadata: { two: '2', one: '1' }, temperature: 1 });
    equal((await versionsOf(client, id)).data.length, 1);
    const plain = await createTutor(client);
    await client.beta.assistants.update(plain.id, { tool_resources: {}, reasoning_effort: null });
    equal((await versionsOf(client, plain.id)).data.length, 1);
  });

  it('know an order of a function’s parameters as a change: the model reads them in it', async () => {
    const { client } = openEngine();
    const tool = (properties: object): Assistant['tools'] => [
      { type: 'function', function: { name: 'add', parameters: { type: 'object', properties } } },
    ];
    const { id } = await createTutor(client, { tools: tool({ a: {}, b: {} }) });
    await client.beta.assistants.update(id, { tools: tool({ b: {}, a: {} }) });
    deepEqual((await versionsOf(client, id)).data[0]?.changed, ['tools']);
  });

  it('are listed in pages, in both orders', async () => {
    const { client } = openEngine();
    const { id } = await createTutor(client);
    for (const name of ['B', 'C', 'D']) await client.beta.assistants.update(id, { name });
    const numbers = ({ data }: { data: AssistantVersion[] }) => data.map(({ version }) => version);
    const first = await versionsOf(client, id, { limit: 2 });
    deepEqual(numbers(first), [4, 3]);
    equal(first.has_more, true);
    const rest = await versionsOf(client, id, { limit: 2, after: first.data[1]!.id });
    deepEqual(numbers(rest), [2, 1]);
    equal(rest.has_more, false);
    deepEqual(numbers(await versionsOf(client, id, { before: rest.data[0]!.id, limit: 1 })), [3]);
    deepEqual(numbers(await versionsOf(client, id, { order: 'asc' })), [1, 2, 3, 4]);
    await refused(versionsOf(client, id, { limit: 101 }), 400, /maximum/, 'limit');
    await refused(versionsOf(client, id, { after: 'asstver_none' }), 404, /asstver_none/, 'after');
  });

  it('of another assistant, and such as there are none, are not found', async () => {
    const { client } = openEngine();
    const [one, other] = [await createTutor(client), await createTutor(client)];
    const { id } = (await versionsOf(client, one.id)).data[0]!;
    await refused(versionOf(client, other.id, id), 404, /No assistant version found with id/);
    await refused(versionOf(client, one.id, 2), 404, /No assistant version found with id '2'\./);
    await refused(versionsOf(client, 'asst_none'), 404, /No assistant found with id 'asst_none'\./);
    await refused(restore(client, one.id, 0), 404, /No assistant version found with id '0'\./);
  });

  it('are deleted with their assistant', async () => {
    const { client, dataDir, engine } = openEngine();
    const { id } = await createTutor(client);
    await client.beta.assistants.update(id, { name: 'B' });
    await client.beta.assistants.delete(id);
    await refused(versionsOf(client, id), 404, /No assistant found/);
    await engine.close();
    const store = new Store(dataDir);
    afterTest(() => store.close());
    equal(store.database.prepare('SELECT COUNT(*) AS count FROM assistant_versions').get()?.['count'], 0);
  });

  it('go, the oldest first, once there are more than a hundred', async () => {
    const { client } = openEngine();
    const { id } = await createTutor(client);
    for (let number = 2; number <= 103; number++)
      await client.beta.assistants.update(id, { name: `Version ${number}` });
    const { data } = await versionsOf(client, id, { limit: 100, order: 'asc' });
    deepEqual([data.length, data[0]?.version, data.at(-1)?.version], [100, 4, 103]);
    await refused(versionOf(client, id, 3), 404, /No assistant version/);
  });

  it('go once they are too large together, but never the current one', async () => {
    const { client, dataDir, engine } = openEngine();
    const { id } = await createTutor(client);
    await engine.close();
    const store = new Store(dataDir);
    afterTest(() => store.close());
    const versions = new VersionTable(store.database, { count: 100, bytes: 5000 });
    const assistant = store.assistants.get(id)!;
    const numbers = () => versions.all({ assistant_id: id }).map(({ version }) => version);
    const add = (instructions: string) =>
      versions.add({ ...assistant, instructions }, [], assistant, { by: null });
    // Two of them fit, by their bytes and not by their characters.
    for (const text of ['一', '二', '三']) add(text.repeat(500));
    deepEqual(numbers(), [3, 4]);
    add('x'.repeat(10_000));
    deepEqual(numbers(), [5]);
  });

  it('say who made them: a program by its name, and never its key', async () => {
    const { client, engine } = openEngine();
    const { url, close } = await startServer({ engine, token: 'secret-token' });
    afterTest(() => close());
    const { id } = await createTutor(client);
    const update = (name: string, headers: Record<string, string>) =>
      fetch(`${url}/assistants/${id}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer secret-token', ...headers },
        body: JSON.stringify({ name }),
      });
    await update('B', { 'user-agent': 'Old/1.0 (key secret-token)' });
    // A program cannot say that it is a window of VS Code.
    await update('C', { 'user-agent': 'x'.repeat(300), 'x-assistants-studio-client': 'vscode' });
    await client.beta.assistants.update(
      id,
      { name: 'D' },
      { headers: { 'x-assistants-studio-client': 'vscode' } },
    );
    const { data } = await versionsOf(client, id, { order: 'asc' });
    match(JSON.stringify(data[0]?.by), /^\{"type":"program","user_agent":"OpenAI\/JS /);
    deepEqual(
      data.slice(1).map(({ by }) => by),
      [
        { type: 'program', user_agent: 'Old/1.0 (key …)' },
        { type: 'program', user_agent: 'x'.repeat(200) },
        { type: 'vscode' },
      ],
    );
    ok(!JSON.stringify(data).includes('secret-token'));
  });

  it('of imported assistants say that these were imported', async () => {
    const { client } = openSearch({ worker: null });
    const id = `asst_${'a'.repeat(24)}`;
    await importObjects(client, [{ object: 'assistant', id, model: 'demo/tutor', temperature: 0.3 }]);
    const { data } = await versionsOf(client, id);
    deepEqual(
      data.map(({ version, by }) => [version, by]),
      [[1, { type: 'import' }]],
    );
    await client.beta.assistants.update(id, { temperature: null });
    await restore(client, id, 1);
    equal((await client.beta.assistants.retrieve(id)).temperature, 0.3);
  });

  it('begin with one for each assistant of an earlier version of the database', async () => {
    const dataDir = folderOf(1);
    const { client } = openEngine({ dataDir });
    const assistants = (await client.beta.assistants.list()).data;
    ok(assistants.length > 0);
    for (const assistant of assistants) {
      const { data } = await versionsOf(client, assistant.id);
      deepEqual(
        data.map(({ version, by, changed, assistant: then }) => ({ version, by, changed, then })),
        [{ version: 1, by: null, changed: [], then: assistant }],
      );
      await client.beta.assistants.update(assistant.id, { name: 'Another' });
      deepEqual(
        (await versionsOf(client, assistant.id)).data.map(({ version }) => version),
        [2, 1],
      );
    }
  });

  it('are seen by the engines of other windows, and made by them', async () => {
    const dataDir = temporaryFolder();
    const [one, two] = [openEngine({ dataDir }), openEngine({ dataDir })];
    const { id } = await createTutor(one.client);
    await two.client.beta.assistants.update(id, { name: 'B' });
    await restore(one.client, id, 1);
    deepEqual(
      (await versionsOf(two.client, id)).data.map(({ version, restored_from }) => [version, restored_from]),
      [
        [3, 1],
        [2, null],
        [1, null],
      ],
    );
  });
});

describe('restoring a version of an assistant', () => {
  it('makes a new version with all of its old fields', async () => {
    const { client } = openEngine();
    const created = await createTutor(client, { metadata: { a: '1' }, temperature: 0.2 });
    await client.beta.assistants.update(created.id, {
      name: 'Other',
      instructions: null,
      reasoning_effort: 'high',
      temperature: null,
      metadata: {},
    });
    const restored = await restore(client, created.id, 1);
    deepEqual([restored.version, restored.restored_from], [3, 1]);
    deepEqual(restored.changed.toSorted(), [
      'instructions',
      'metadata',
      'name',
      'reasoning_effort',
      'temperature',
    ]);
    deepEqual(await client.beta.assistants.retrieve(created.id), created);
    // Undone in the same way.
    equal((await restore(client, created.id, 2)).assistant.name, 'Other');
    match(JSON.stringify(await client.beta.assistants.retrieve(created.id)), /"reasoning_effort":"high"/);
  });

  it('restores as well which parameters the model is sent', async () => {
    const model = new ScriptedModel([says('One'), says('Two')]);
    const { client } = openEngine({ provider: model });
    const assistant = await createTutor(client, { model: 'test/scripted', temperature: 1 });
    await client.beta.assistants.update(assistant.id, { temperature: null, name: 'Other' });
    for (const version of [2, 1]) {
      await restore(client, assistant.id, version);
      const run = await ask(client, assistant, 'Hello');
      await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    }
    deepEqual(
      model.requests.map(({ temperature }) => temperature),
      [undefined, 1],
    );
  });

  it('makes no version if it is the current one', async () => {
    const { client } = openEngine();
    const { id } = await createTutor(client);
    const { version, problems } = await restore(client, id, 1);
    deepEqual([version, problems], [1, []]);
    equal((await versionsOf(client, id)).data.length, 1);
  });

  it('names what no longer exists, and leaves it out if it is told to', async () => {
    const { client } = openSearch();
    const [gone, file] = [
      await client.vectorStores.create({ name: 'Gone' }),
      await client.files.create({
        file: new File(['one'], 'one.txt'),
        purpose: 'assistants',
      }),
    ];
    const { id } = await createTutor(client, {
      tools: [{ type: 'file_search' }],
      tool_resources: {
        file_search: { vector_store_ids: [gone.id] },
        code_interpreter: { file_ids: [file.id] },
      },
    });
    await client.beta.assistants.update(id, {
      instructions: 'New',
      tool_resources: {},
    });
    await client.vectorStores.delete(gone.id);
    await client.files.delete(file.id);
    const before = await client.beta.assistants.retrieve(id);
    const failing = restore(client, id, 1);
    await refused(failing, 400, new RegExp(`Version 1 can't be .*${file.id}.*${gone.id}`));
    deepEqual(await client.beta.assistants.retrieve(id), before);
    equal((await versionsOf(client, id)).data.length, 2);

    const { version, assistant, problems } = await restore(client, id, 1, { without_missing: true });
    equal(version, 3);
    match(assistant.instructions ?? '', /personal math tutor/);
    deepEqual(assistant.tool_resources, {
      code_interpreter: { file_ids: [] },
      file_search: { vector_store_ids: [] },
    });
    deepEqual(
      problems.map(({ param }) => param),
      ['tool_resources.code_interpreter.file_ids', 'tool_resources.file_search.vector_store_ids'],
    );
    await refused(restore(client, id, 1, { without: true }), 400, /Unknown parameter: 'without'/, 'without');
  });

  it('says that the connection of its model does not exist, and restores it all the same', async () => {
    const { client } = openEngine();
    const { id } = await createTutor(client, { model: 'removed/model' });
    await client.beta.assistants.update(id, { model: 'demo/tutor' });
    const { assistant, problems } = await restore(client, id, 1);
    equal(assistant.model, 'removed/model');
    deepEqual(
      problems.map(({ param }) => param),
      ['model'],
    );
    match(problems[0]!.message, /There is no connection 'removed'/);
  });
});

describe('a run', () => {
  const include = { include: ['assistant_version'] };
  type VersionedRun = Run & { assistant_version?: number | null };

  it('says which version of its assistant answers, if it is asked to', async () => {
    const { client } = openEngine();
    const assistant = await createTutor(client);
    const first = await ask(client, assistant, 'Hello');
    await client.beta.threads.runs.poll(first.id, { thread_id: first.thread_id });
    await client.beta.assistants.update(assistant.id, { name: 'Other' });
    const second = await client.beta.threads.runs.createAndPoll(first.thread_id, {
      assistant_id: assistant.id,
    });
    await client.beta.assistants.update(assistant.id, { name: 'Third' });
    const path = `/threads/${first.thread_id}/runs`;
    const list = await client.get<{ data: VersionedRun[] }>(path, { query: include });
    deepEqual(
      list.data.map(({ assistant_version }) => assistant_version),
      [2, 1],
    );
    const one = await client.get<VersionedRun>(`${path}/${second.id}`, { query: include });
    equal(one.assistant_version, 2);
    ok(!('assistant_version' in (await client.get<VersionedRun>(`${path}/${second.id}`))));
    // Copied with its thread.
    const fork = await client.post<{ id: string }>(`/threads/${first.thread_id}/fork`, { body: {} });
    const copies = await client.get<{ data: VersionedRun[] }>(`/threads/${fork.id}/runs`, { query: include });
    deepEqual(
      copies.data.map(({ assistant_version }) => assistant_version),
      [2, 1],
    );
  });

  it('of an earlier version of the database has none', async () => {
    const { client } = openEngine({ dataDir: folderOf(1) });
    const threads = await client.get<{ data: { id: string }[] }>('/threads');
    const runs = await Promise.all(
      threads.data.map(({ id }) =>
        client.get<{ data: VersionedRun[] }>(`/threads/${id}/runs`, { query: include }),
      ),
    );
    const versions = runs.flatMap(({ data }) => data).map(({ assistant_version }) => assistant_version);
    ok(versions.length > 0 && versions.every((version) => version === null), String(versions));
  });
});
