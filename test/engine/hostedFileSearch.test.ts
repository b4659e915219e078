import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { VectorStore } from 'openai/resources/vector-stores/vector-stores';
import { createChatCompletionsModel } from '../../src/engine/models/chatCompletions';
import { contents, storeWith, TestReader, upload, whenRead } from './fileSearchSupport';
import { completed, type HostedProvider, openHosted, searched, text } from './hostedProvider';
import { sendEvents, rawServer } from './models/support';
import { ask, clientOf, collect, createTutor, eventNames, slicePoints, until } from './support';

const sea = 'Of the sea.\nThe tide turns twice a day.';

function searcher(client: OpenAI, store: VectorStore, more: object = {}): Promise<Assistant> {
  return createTutor(client, {
    tools: [
      { type: 'file_search', file_search: { max_num_results: 3, ranking_options: { score_threshold: 0.2 } } },
    ],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
    ...more,
  });
}

function remoteFile(remote: HostedProvider, name: string): string {
  const id = [...remote.files].find(([, filename]) => filename === name)?.[0];
  if (id === undefined) throw new Error(`The provider has no ${name}.`);
  return id;
}

async function ended(client: OpenAI, { id, thread_id }: Run): Promise<Run> {
  return client.beta.threads.runs.poll(id, { thread_id });
}

async function asked(client: OpenAI, assistant: Assistant, question = 'How often?'): Promise<Run> {
  return ended(client, await ask(client, assistant, question));
}

/** What a run has said. */
async function said(client: OpenAI, { id, thread_id }: Run) {
  const { data } = await client.beta.threads.messages.list(thread_id, { run_id: id });
  const [part] = data[0]?.content ?? [];
  if (part?.type !== 'text') throw new Error('There is no text.');
  return part.text;
}

function stepsOf(client: OpenAI, { id, thread_id }: Run): Promise<RunStep[]> {
  return collect(client.beta.threads.runs.steps.list(id, { thread_id, order: 'asc', include: [contents] }));
}

const unsupported = { code: 'unsupported_file', message: 'The file type is not supported.' };

/** A turn that says something without a search. */
const plain = [...text(0, 'Twice.'), completed()];

/** A search that finds the sea, and an answer that cites it. */
function citing(remote: HostedProvider) {
  const file_id = remoteFile(remote, 'sea.txt');
  const citation = { type: 'file_citation', file_id, filename: 'sea.txt', index: 11 };
  return [
    ...searched(0, [{ file_id, filename: 'sea.txt', score: 0.9, text: 'The tide turns twice a day.' }]),
    ...text(1, 'Twice ', 'a day. And', citation, ' so on.'),
    completed(),
  ];
}

describe('a run with the file search of its provider', () => {
  it('copies the store, offers it, and reports the search and its citations as its own', async () => {
    const { client, remote } = await openHosted();
    const store = await storeWith(client, { 'sea.txt': sea });
    const assistant = await searcher(client, store);
    remote.turns.push(plain);
    equal((await asked(client, assistant)).status, 'completed');
    deepEqual(remote.asked('POST /files')[0]?.upload, { name: 'sea.txt', text: sea, purpose: 'assistants' });
    const [storeId] = remote.stores.keys();
    const added = remote.asked(`POST /vector_stores/${storeId}/files`)[0]?.json;
    deepEqual(added, {
      file_id: remoteFile(remote, 'sea.txt'),
      attributes: {},
      chunking_strategy: {
        type: 'static',
        static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 },
      },
    });
    const offered = remote.asked('POST /responses')[0]?.json;
    deepEqual(offered?.['tools'], [
      {
        type: 'file_search',
        vector_store_ids: [storeId],
        max_num_results: 3,
        ranking_options: { score_threshold: 0.2 },
      },
    ]);
    deepEqual(offered?.['include'], ['reasoning.encrypted_content', 'file_search_call.results']);

    remote.turns.push(citing(remote));
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'How often?' }] });
    const stream = await client.beta.threads.runs.create(thread.id, {
      assistant_id: assistant.id,
      stream: true,
    });
    const events = await collect(stream);
    deepEqual(
      eventNames(events).slice(3),
      [
        'thread.run.step.created',
        'thread.run.step.in_progress',
        'thread.run.step.delta',
        'thread.run.step.completed',
        'thread.run.step.created',
        'thread.run.step.in_progress',
        'thread.message.created',
        'thread.message.in_progress',
        'thread.message.delta',
        'thread.message.completed',
        'thread.run.step.completed',
        'thread.run.completed',
        'done',
      ].slice(0, -1),
    );
    const run = events.flatMap((event) => (event.event === 'thread.run.completed' ? [event.data] : []))[0]!;

    const [file] = (await client.vectorStores.files.list(store.id)).data;
    const { value, annotations } = await said(client, run);
    equal(value, 'Twice a day【0:0†sea.txt】. And so on.');
    const [annotation] = annotations;
    equal(annotations.length, 1);
    deepEqual(annotation?.type === 'file_citation' && annotation.file_citation, { file_id: file?.id });
    equal(value.slice(annotation!.start_index, annotation!.end_index), '【0:0†sea.txt】');
    const [step] = await stepsOf(client, run);
    const call = step?.step_details.type === 'tool_calls' ? step.step_details.tool_calls[0] : undefined;
    deepEqual(call?.type === 'file_search' && call.file_search.results, [
      {
        file_id: file?.id,
        file_name: 'sea.txt',
        score: 0.9,
        content: [{ type: 'text', text: 'The tide turns twice a day.' }],
        location: { start: 12, end: 39, line: 2, citation: '0:0' },
      },
    ]);
  });

  it('sends only what is missing or was changed', async () => {
    const { client, remote } = await openHosted();
    const store = await storeWith(client, { 'sea.txt': sea, 'wind.txt': 'Wind.' });
    const assistant = await searcher(client, store);
    remote.turns.push(plain, plain, plain);
    await asked(client, assistant);
    const before = remote.changes();
    equal(before.filter((change) => change === 'POST /files').length, 2);
    await asked(client, assistant);
    deepEqual(remote.changes(), before);

    const sent = remoteFile(remote, 'sea.txt');
    const [storeId] = remote.stores.keys();
    const { data } = await client.vectorStores.files.list(store.id, { order: 'asc' });
    await client.vectorStores.files.update(data[0]!.id, {
      vector_store_id: store.id,
      attributes: { kind: 'sea' },
    });
    await client.files.delete(data[1]!.id);
    const { id } = await upload(client, 'wind.txt', 'A new wind.');
    await client.vectorStores.files.create(store.id, { file_id: id });
    await whenRead(client, store.id);
    await asked(client, assistant);
    const texts = remote.asked('POST /files').map((one) => one.upload?.text);
    deepEqual(texts, [sea, 'Wind.', 'A new wind.']);
    const puts = remote.asked(`POST /vector_stores/${storeId}/files`).map(({ json }) => json);
    deepEqual(
      puts.slice(2).map(({ file_id, attributes }) => [file_id, attributes]),
      [
        [sent, { kind: 'sea' }],
        [remoteFile(remote, 'wind.txt'), {}],
      ],
    );
    equal(remote.stores.get(storeId!)?.size, 2);
  });

  it('recreates what the provider has lost', async () => {
    const { client, remote } = await openHosted();
    const assistant = await searcher(client, await storeWith(client, { 'sea.txt': sea }));
    remote.turns.push(plain, plain);
    await asked(client, assistant);
    remote.stores.clear();
    remote.files.clear();
    equal((await asked(client, assistant)).status, 'completed');
    deepEqual([...remote.files.values()], ['sea.txt']);
    equal(remote.asked('POST /vector_stores').length, 2);
  });

  it('deletes at the provider what is deleted here, also where that fails at first', async () => {
    const { client, remote, log } = await openHosted();
    const store = await storeWith(client, { 'sea.txt': sea });
    remote.turns.push(plain);
    await asked(client, await searcher(client, store));
    const [file] = (await client.vectorStores.files.list(store.id)).data;
    remote.failures.set('DELETE', { status: 403, message: 'Not now.' });
    await client.vectorStores.delete(store.id);
    await client.files.delete(file!.id);
    await until('the failure is known', () => log.some((line) => line.includes('Not now.')));
    equal(remote.files.size, 1);
    remote.failures.clear();
    await until('the copies are gone', () => remote.files.size === 0 && remote.stores.size === 0);
  });

  it('sends a search back as the provider gave it, with the output of a function beside it', async () => {
    const { client, remote } = await openHosted();
    const store = await storeWith(client, { 'sea.txt': sea });
    const weather = { type: 'function' as const, function: { name: 'get_weather' } };
    const assistant = await searcher(client, store, { tools: [{ type: 'file_search' }, weather] });
    remote.turns.push(plain);
    await asked(client, assistant);
    const file_id = remoteFile(remote, 'sea.txt');
    const found = searched(1, [{ file_id, filename: 'sea.txt', score: 0.5, text: 'The tide turns' }]);
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
    const call = {
      type: 'function_call',
      id: 'fc_1',
      call_id: 'call_1',
      name: 'get_weather',
      arguments: '{}',
    };
    remote.turns.push([
      { type: 'response.output_item.done', output_index: 0, item: reasoning },
      ...found,
      { type: 'response.output_item.added', output_index: 2, item: { ...call, arguments: '' } },
      { type: 'response.output_item.done', output_index: 2, item: call },
      completed(),
    ]);
    const waiting = await asked(client, assistant);
    equal(waiting.status, 'requires_action');
    equal(waiting.required_action?.submit_tool_outputs.tool_calls.length, 1);
    remote.turns.push([...text(0, 'Rain.'), completed()]);
    const { thread_id } = waiting;
    const tool_outputs = [{ tool_call_id: 'call_1', output: 'rain' }];
    await client.beta.threads.runs.submitToolOutputs(waiting.id, { thread_id, tool_outputs });
    equal((await ended(client, waiting)).status, 'completed');
    const input = remote.asked('POST /responses').at(-1)?.json['input'] as object[];
    deepEqual(input.slice(1), [
      reasoning,
      (found.at(-1) as { item?: object }).item,
      { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'rain' },
    ]);
    const steps = await stepsOf(client, waiting);
    deepEqual(
      steps.map(({ type, status }) => `${type} ${status}`),
      ['tool_calls completed', 'tool_calls completed', 'message_creation completed'],
    );
  });

  const failing = [
    ['POST /files', 'the upload'],
    ['POST /vector_stores', 'the making of the store'],
    ['POST /vector_stores/', 'the adding'],
    ['GET /vector_stores/', 'the look whether it is read'],
  ] as const;
  for (const [start, name] of failing) {
    it(`fails in the provider's words where ${name} fails, and starts over the next time`, async () => {
      const { client, remote } = await openHosted();
      const assistant = await searcher(client, await storeWith(client, { 'sea.txt': sea }));
      remote.failures.set(start, { status: 403, message: 'No room for you.' });
      const { status, last_error } = await asked(client, assistant);
      equal(status, 'failed');
      match(last_error!.message, /No room for you\..*assistantsStudio\.fileSearch/);
      if (start !== 'POST /vector_stores') match(last_error!.message, /“sea\.txt”/);
      remote.failures.clear();
      remote.turns.push(plain);
      equal((await asked(client, assistant)).status, 'completed');
    });
  }

  it('says which file the provider cannot read, and why, where it reads none; and does not send it again', async () => {
    const { client, remote } = await openHosted();
    const assistant = await searcher(client, await storeWith(client, { 'sea.txt': sea }));
    remote.unreadable.set('sea.txt', unsupported);
    const { last_error } = await asked(client, assistant);
    match(last_error!.message, /“sea\.txt”.*The file type is not supported\./);
    equal([...remote.stores.values()][0]?.size, 0);
    const before = remote.changes();
    deepEqual((await asked(client, assistant)).last_error?.message, last_error!.message);
    deepEqual(remote.changes(), before);
  });

  it('continues without the files that the provider rejects, and does not send them again', async () => {
    const { client, remote, log } = await openHosted();
    const texts = { 'sea.txt': sea, 'list.xyz': 'One, two.', 'scan.txt': 'Scanned.' };
    const store = await storeWith(client, texts);
    const assistant = await searcher(client, store);
    remote.refused.set('list.xyz', { status: 400, message: 'Files with extension .xyz are not taken.' });
    remote.unreadable.set('scan.txt', unsupported);
    remote.turns.push(plain, plain);
    equal((await asked(client, assistant)).status, 'completed');
    const [storeId] = remote.stores.keys();
    deepEqual([...remote.stores.get(storeId!)!], [remoteFile(remote, 'sea.txt')]);
    const before = remote.changes();
    equal((await asked(client, assistant)).status, 'completed');
    deepEqual(remote.changes(), before);
    equal(log.filter((line) => line.includes('“list.xyz”') && line.includes('not taken')).length, 1);

    const { data } = await client.vectorStores.files.list(store.id, { order: 'asc' });
    const errors = data.map((file) => (file as { hosted_error?: string }).hosted_error);
    equal(errors[0], undefined);
    match(errors[1]!, /“list\.xyz”.*\.xyz are not taken/);
    match(errors[2]!, /“scan\.txt”.*type is not supported/);

    const vector_store_id = store.id;
    await client.vectorStores.files.update(data[1]!.id, { vector_store_id, attributes: { kind: 'list' } });
    await client.vectorStores.files.createAndPoll(store.id, { file_id: data[2]!.id });
    remote.refused.clear();
    remote.unreadable.clear();
    remote.turns.push(plain);
    equal((await asked(client, assistant)).status, 'completed');
    equal(remote.stores.get(storeId!)?.size, 3);
    const after = await collect(client.vectorStores.files.list(store.id));
    ok(after.every((file) => !('hosted_error' in file)));
  });

  it('continues without the file of a message that the provider rejects, if there are others', async () => {
    const { client, remote } = await openHosted();
    const assistant = await searcher(client, await storeWith(client, { 'sea.txt': sea }));
    remote.refused.set('list.xyz', { status: 400, message: 'Not taken.' });
    remote.turns.push(plain);
    const { id: file_id } = await upload(client, 'list.xyz', 'One, two.');
    const attachments = [{ file_id, tools: [{ type: 'file_search' as const }] }];
    const messages = [{ role: 'user' as const, content: 'How often?', attachments }];
    const thread = await client.beta.threads.create({ messages });
    const run = await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
    equal(run.status, 'completed');
  });

  it('continues without a file that the provider fails to read because of a problem of its own, and tries it again', async () => {
    const { client, remote } = await openHosted();
    const store = await storeWith(client, { 'sea.txt': sea, 'wind.txt': 'Wind.' });
    const assistant = await searcher(client, store);
    remote.unreadable.set('wind.txt', { code: 'server_error', message: 'Something broke.' });
    remote.turns.push(plain, plain);
    equal((await asked(client, assistant)).status, 'completed');
    remote.unreadable.clear();
    equal((await asked(client, assistant)).status, 'completed');
    equal([...remote.stores.values()][0]?.size, 2);
  });

  for (const status of [401, 403, 429, 500]) {
    it(`fails where one file is answered with ${status}, which says nothing of it`, async () => {
      const { client, remote } = await openHosted();
      const assistant = await searcher(
        client,
        await storeWith(client, { 'sea.txt': sea, 'wind.txt': 'Wind.' }),
      );
      remote.refused.set('wind.txt', { status, message: 'Not now.' });
      match((await asked(client, assistant)).last_error!.message, /“wind\.txt”.*Not now\./);
      remote.refused.clear();
      remote.turns.push(plain);
      equal((await asked(client, assistant)).status, 'completed');
      equal([...remote.stores.values()][0]?.size, 2);
    });
  }

  it('puts a citation where the provider counts it, in whole characters', async () => {
    const { client, remote } = await openHosted();
    const assistant = await searcher(client, await storeWith(client, { 'sea.txt': sea }));
    remote.turns.push(plain);
    await asked(client, assistant);
    const file_id = remoteFile(remote, 'sea.txt');
    // “Twice 😀 一天” is ten characters, and eleven UTF-16 units.
    const citation = { type: 'file_citation', file_id, filename: 'sea.txt', index: 10 };
    remote.turns.push([
      ...searched(0, [{ file_id, filename: 'sea.txt', score: 0.9, text: 'The tide turns twice a day.' }]),
      ...text(1, 'Twice 😀', ' 一天。 And', citation, ' so on.'),
      completed(),
    ]);
    const { value, annotations } = await said(client, await asked(client, assistant));
    equal(value, 'Twice 😀 一天【0:0†sea.txt】。 And so on.');
    const [annotation] = annotations as [(typeof annotations)[number]];
    equal(slicePoints(value, annotation), annotation.text);
  });

  it('gives line and page of a passage, and no location for one that was not read here', async () => {
    const lines = (page: string) => Array.from({ length: 200 }, (_, at) => `Line ${at} of page ${page}.\n`);
    const [first, second] = [lines('one').join(''), lines('two').join('')];
    class PagedReader extends TestReader {
      override async read(...asked: Parameters<TestReader['read']>) {
        const pages = [
          { start: 0, number: 1 },
          { start: first.length, number: 2 },
        ];
        return { ...(await super.read(...asked)), pages };
      }
    }
    const { client, remote } = await openHosted({ tools: { fileSearch: { reader: new PagedReader() } } });
    const assistant = await searcher(client, await storeWith(client, { 'sea.txt': first + second }));
    remote.turns.push(plain);
    await asked(client, assistant);
    const file_id = remoteFile(remote, 'sea.txt');
    const found = ['Line 150 of page two.', 'What nobody has read here.'];
    remote.turns.push([
      ...searched(
        0,
        found.map((words) => ({ file_id, filename: 'sea.txt', score: 0.9, text: words })),
      ),
      ...text(1, 'So.'),
      completed(),
    ]);
    const [step] = await stepsOf(client, await asked(client, assistant));
    const call = step?.step_details.type === 'tool_calls' ? step.step_details.tool_calls[0] : undefined;
    const results = call?.type === 'file_search' ? call.file_search.results : [];
    const start = first.length + second.indexOf(found[0]!);
    deepEqual(
      results?.map((result) => (result as { location?: object }).location),
      [{ citation: '0:0', start, end: start + found[0]!.length, line: 351, page: 2 }, { citation: '0:1' }],
    );
  });

  it('names the setting where the provider does not have the tool', async () => {
    const { client, remote } = await openHosted();
    const assistant = await searcher(client, await storeWith(client, { 'sea.txt': sea }));
    remote.failures.set('POST /responses', { status: 400, message: "Unknown tool type 'file_search'." });
    const { last_error } = await asked(client, assistant);
    match(last_error!.message, /Unknown tool type.*set `assistantsStudio\.fileSearch`.* to `local`/);
  });

  it('searches here, and sends no file, where that is set', async () => {
    const { client, remote, hosted } = await openHosted();
    hosted.fileSearch = false;
    const assistant = await searcher(client, await storeWith(client, { 'sea.txt': sea }));
    remote.turns.push(plain);
    equal((await asked(client, assistant)).status, 'completed');
    deepEqual(remote.changes(), []);
    const tools = remote.asked('POST /responses')[0]?.json['tools'] as { type: string }[];
    deepEqual(
      tools.map(({ type }) => type),
      ['function'],
    );
  });

  it('searches here where the connection has no such tools', async () => {
    const server = await rawServer((response) => {
      sendEvents(response, [{ choices: [{ delta: { content: 'Twice.' }, finish_reason: 'stop' }] }]);
    });
    const provider = createChatCompletionsModel({ label: 'Plain', baseURL: server.baseURL });
    const { engine } = await openHosted({ models: () => [{ id: 'plain', label: 'Plain', provider }] });
    const client = clientOf(engine);
    const assistant = await searcher(client, await storeWith(client, { 'sea.txt': sea }));
    equal((await asked(client, assistant)).status, 'completed');
    deepEqual(
      server.asked.map(({ path }) => path),
      ['/v1/chat/completions'],
    );
  });
});
