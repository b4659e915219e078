import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Annotation, Message } from 'openai/resources/beta/threads/messages';
import type { FileSearchToolCall, RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { VectorStore } from 'openai/resources/vector-stores/vector-stores';
import { ModelError, type ModelEvent, type ModelRequest } from '../../src/engine/models/modelProvider';
import { contents, openSearch, storeWith, upload, whenRead } from './fileSearchSupport';
import {
  ask,
  calls,
  collect,
  createTutor,
  openEngine,
  refused,
  says,
  ScriptedModel,
  slicePoints,
  until,
} from './support';

const search = { id: 'call_search', name: 'file_search', arguments: '{"query":"tide"}' };
const files = { 'sea [1].txt': 'The tide turns twice a day.', 'wind.txt': 'Wind and tide wait for no one.' };

function searcher(client: OpenAI, store: VectorStore, options?: object): Promise<Assistant> {
  return createTutor(client, {
    tools: [{ type: 'file_search', ...(options && { file_search: options }) }],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  });
}

/** Asks a question; returns the last message of the completed run. */
async function answerTo(client: OpenAI, assistant: Assistant, question: string): Promise<Message> {
  const { id, thread_id } = await ask(client, assistant, question);
  const run = await client.beta.threads.runs.poll(id, { thread_id });
  equal(run.last_error, null);
  const { data } = await client.beta.threads.messages.list(thread_id, { run_id: id });
  return data[0]!;
}

function textOf({ content }: Message): { value: string; annotations: Annotation[] } {
  const [part] = content;
  if (part?.type !== 'text') throw new Error('There is no text.');
  return part.text;
}

function searchIn(step: RunStep | undefined): FileSearchToolCall {
  const details = step?.step_details;
  const call = details?.type === 'tool_calls' ? details.tool_calls[0] : undefined;
  if (call?.type !== 'file_search') throw new Error('There is no search.');
  return call;
}

describe('a run with file search', () => {
  it('gives the model the passages with their marks, and turns its marks into citations', async () => {
    const model = new ScriptedModel([calls(search), says('Twice【0:0†sea [1].txt】, I think 【9:9†x】.')]);
    const { client } = openSearch({ provider: model });
    const store = await storeWith(client, files);
    const message = await answerTo(client, await searcher(client, store), 'How often does the tide turn?');
    const [offered, shown] = model.requests;
    equal(offered?.tools[0]?.name, 'file_search');
    const output = shown?.messages.at(-1);
    equal(output?.role, 'tool');
    match(output.role === 'tool' ? output.output : '', /^【0:0†[^】]+】\n.*tide.*\n\n【0:1†[^】]+】\n.*tide/);

    const { value, annotations } = textOf(message);
    equal(value, 'Twice【0:0†sea [1].txt】, I think 【9:9†x】.');
    equal(annotations.length, 1);
    const [citation] = annotations;
    equal(citation?.type, 'file_citation');
    equal(value.slice(citation.start_index, citation.end_index), citation.text);
    equal(citation.text, '【0:0†sea [1].txt】');
    const [first] = (await client.vectorStores.search(store.id, { query: 'tide' })).data;
    deepEqual(citation.type === 'file_citation' && citation.file_citation, { file_id: first?.file_id });
  });

  it('shows the results in its step, and their contents on request', async () => {
    const model = new ScriptedModel([calls(search), says('Twice.')]);
    const { client } = openSearch({ provider: model });
    const store = await storeWith(client, files);
    const options = { max_num_results: 1, ranking_options: { score_threshold: 0.01 } };
    const { thread_id, run_id } = await answerTo(client, await searcher(client, store, options), 'tide?');
    const { steps } = client.beta.threads.runs;
    const [plain] = await collect(steps.list(run_id!, { thread_id, order: 'asc' }));
    const call = searchIn(plain);
    deepEqual(call.file_search.ranking_options, { ranker: 'auto', score_threshold: 0.01 });
    equal(call.file_search.results?.length, 1);
    deepEqual(Object.keys(call.file_search.results[0]!).sort(), ['file_id', 'file_name', 'score']);

    const full = await steps.retrieve(plain!.id, { thread_id, run_id: run_id!, include: [contents] });
    const [result] = searchIn(full).file_search.results!;
    ok(Object.values(files).includes(result?.content?.[0]?.text ?? ''));
    const { location } = result as unknown as { location: Record<string, unknown> };
    deepEqual(location, { citation: '0:0', start: 0, end: result?.content?.[0]?.text?.length, line: 1 });
    const [listed] = await collect(steps.list(run_id!, { thread_id, order: 'asc', include: [contents] }));
    deepEqual(listed, full);
  });

  it('streams the call, its results, and each citation with its mark', async () => {
    const marks = says(
      'Twice',
      ' 【0',
      ':0†sea',
      ' [1].txt',
      '】 a day',
      '. Not 【',
      'this】 or 【0:7†x',
      '】.',
    );
    const paced = marks.map((event) => event);
    async function* slowly(): AsyncIterable<ModelEvent> {
      for (const event of paced) {
        yield event;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
    const { client } = openSearch({ provider: new ScriptedModel([calls(search), slowly]) });
    const assistant = await searcher(client, await storeWith(client, files));
    const { id } = await client.beta.threads.create({ messages: [{ role: 'user', content: 'tide?' }] });
    const stream = await client.beta.threads.runs.create(id, {
      assistant_id: assistant.id,
      stream: true,
      include: [contents],
    });
    const events = await collect(stream);
    const begun = events.find(({ event }) => event === 'thread.run.step.delta');
    deepEqual(begun?.event === 'thread.run.step.delta' && begun.data.delta.step_details, {
      type: 'tool_calls',
      tool_calls: [{ index: 0, id: 'call_search', type: 'file_search', file_search: {} }],
    });
    const done = events.find(({ event }) => event === 'thread.run.step.completed');
    const results = done?.event === 'thread.run.step.completed' && searchIn(done.data).file_search.results;
    ok(results && results[0]?.content?.[0]?.text, 'the contents come with the step');

    let streamed = '';
    const cited: Annotation[] = [];
    for (const { event, data } of events) {
      if (event !== 'thread.message.delta') continue;
      for (const part of data.delta.content ?? []) {
        if (part.type !== 'text') continue;
        streamed += part.text?.value ?? '';
        for (const { index, ...annotation } of part.text?.annotations ?? []) {
          equal(index, cited.length);
          cited.push(annotation as Annotation);
          equal(
            part.text?.value?.includes('【0:0†sea [1].txt】'),
            true,
            'the mark comes whole, with its citation',
          );
        }
      }
    }
    const [message] = (await client.beta.threads.messages.list(id)).data;
    const text = textOf(message!);
    equal(streamed, text.value);
    deepEqual(cited, text.annotations);
    equal(cited.length, 1);
  });

  it('lets an answer cite what an earlier run of the thread has found', async () => {
    const model = new ScriptedModel([
      calls(search),
      says('First.'),
      calls({ ...search, id: 'call_again' }),
      says('See【0:1†a】 and 【1:0†b】.'),
    ]);
    const { client } = openSearch({ provider: model });
    const assistant = await searcher(client, await storeWith(client, files));
    const { thread_id } = await answerTo(client, assistant, 'tide?');
    await client.beta.threads.messages.create(thread_id, { role: 'user', content: 'And again?' });
    await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id: assistant.id });
    const [message] = (await client.beta.threads.messages.list(thread_id)).data;
    equal(textOf(message!).annotations.length, 2);
    const outputs = model.requests.at(-1)!.messages.filter((message) => message.role === 'tool');
    deepEqual(
      outputs.map(({ output }) => output.slice(0, 4)),
      ['【0:0', '【1:0'],
      'the passages of both are sent under their numbers',
    );
    const cited = await client.get<{ content: { text: string }[]; location: { citation: string } }>(
      `/threads/${thread_id}/citations/0:1`,
    );
    ok(outputs[0]!.output.endsWith(`】\n${cited.content[0]!.text}`));
    equal(cited.location.citation, '0:1');
    await refused(client.get(`/threads/${thread_id}/citations/7:7`), 404, /No citation found with id '7:7'/);
    await refused(client.get(`/threads/${thread_id}/citations/x`), 404, /No citation found/);
  });

  it('tells the model why nothing was found', async () => {
    const none = { ...search, arguments: '{"query":"zebra"}' };
    const notes = async (prepare: (client: OpenAI) => Promise<Assistant>): Promise<string> => {
      const model = new ScriptedModel([calls(none), says('Nothing.')]);
      const { client } = openSearch({ provider: model });
      await answerTo(client, await prepare(client), 'zebra?');
      const output = model.requests.at(-1)!.messages.at(-1);
      return output?.role === 'tool' ? output.output : '';
    };
    match(
      await notes(async (client) => searcher(client, await storeWith(client, files))),
      /Nothing in the files fits/,
    );
    match(await notes(async (client) => searcher(client, await storeWith(client, {}))), /no files to search/);
    match(
      await notes(async (client) => {
        const store = await storeWith(client, files);
        const assistant = await searcher(client, store);
        await client.vectorStores.delete(store.id);
        return assistant;
      }),
      /expired, or was deleted/,
    );
  });

  it('tells the model which files could not be read, whether or not others match', async () => {
    const model = new ScriptedModel([calls(search), says('Twice.'), calls(search), says('Nothing.')]);
    const { client } = openSearch({ provider: model });
    const outputFor = async (texts: Record<string, string>): Promise<string> => {
      await answerTo(client, await searcher(client, await storeWith(client, texts)), 'tide?');
      const output = model.requests.at(-1)!.messages.at(-1);
      return output?.role === 'tool' ? output.output : '';
    };
    match(
      await outputFor({ ...files, 'a.pdf': 'broken' }),
      /^【0:0†[^]*tide[^]*\n\n\[Files that could not be read: a\.pdf is damaged\.\]$/,
    );
    const broken = Object.fromEntries(['b', 'c', 'd', 'e', 'f'].map((name) => [`${name}.pdf`, 'broken']));
    match(
      await outputFor(broken),
      /^None of the files could be read\.\n\[Files that could not be read: (\w\.pdf is damaged\. ){3}And 2 more\.\]$/,
    );
  });

  it('accepts what models write as arguments: several queries, words without JSON, nothing', async () => {
    const written = ['{"queries":["zebra","tide"]}', 'the tide', '{}', '{"query":7}'];
    const model = new ScriptedModel(
      written.flatMap((json, at) => [calls({ id: `call_${at}`, name: 'file_search', arguments: json })]),
    );
    model.turns.push(says('Done.'));
    const { client } = openSearch({ provider: model });
    await answerTo(client, await searcher(client, await storeWith(client, files)), 'tide?');
    const outputs = model.requests.at(-1)!.messages.filter((message) => message.role === 'tool');
    match(outputs[0]!.output, /tide/);
    match(outputs[1]!.output, /tide/);
    match(outputs[2]!.output, /what to look for/);
    match(outputs[3]!.output, /what to look for/);
    // Some servers reject calls in the history whose arguments are not JSON.
    const made = model.requests
      .at(-1)!
      .messages.flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
    deepEqual(
      made.map((call) => JSON.parse(call.arguments) as unknown),
      [{ queries: ['zebra', 'tide'] }, { query: 'the tide' }, {}, { query: 7 }],
    );
  });

  it('gives a model with a small context only the best passages', async () => {
    const isTooLong = ({ messages }: ModelRequest) => JSON.stringify(messages).length > 12_000;
    async function* answer(request: ModelRequest): AsyncIterable<ModelEvent> {
      await Promise.resolve();
      if (isTooLong(request)) throw new ModelError('Too long.', 'invalid_prompt', 400, { tooLong: true });
      yield* says('Twice【0:0†a】.');
    }
    const model = new ScriptedModel([calls(search), answer, answer, answer, answer]);
    const { client } = openSearch({ provider: model });
    const long = 'The tide comes in and goes out again, twice in a day. '.repeat(700);
    const message = await answerTo(
      client,
      await searcher(client, await storeWith(client, { 'a.txt': long })),
      'tide?',
    );
    equal(textOf(message).annotations.length, 1);
    ok(model.requests.length > 2, 'the first try was too long');
    match(JSON.stringify(model.requests.at(-1)?.messages.at(-1)), /【0:0†a\.txt】/);
  });

  it('answers a search and a function call of one turn, and continues when both are done', async () => {
    const model = new ScriptedModel([
      calls(search, { id: 'call_f', name: 'clock', arguments: '{}' }),
      says('Noon.'),
    ]);
    const { client } = openSearch({ provider: model });
    const store = await storeWith(client, files);
    const assistant = await createTutor(client, {
      tools: [{ type: 'file_search' }, { type: 'function', function: { name: 'clock' } }],
      tool_resources: { file_search: { vector_store_ids: [store.id] } },
    });
    const { id, thread_id } = await ask(client, assistant, 'When is the tide?');
    const waiting = await client.beta.threads.runs.poll(id, { thread_id });
    const waitsFor = waiting.required_action?.submit_tool_outputs.tool_calls;
    deepEqual(
      waitsFor?.map((call) => call.id),
      ['call_f'],
    );
    const done = await client.beta.threads.runs.submitToolOutputsAndPoll(id, {
      thread_id,
      tool_outputs: [{ tool_call_id: 'call_f', output: '12:00' }],
    });
    equal(done.status, 'completed');
    const roles = model.requests.at(-1)!.messages.map(({ role }) => role);
    deepEqual(roles, ['user', 'assistant', 'tool', 'tool']);
  });
});

describe('the demo model, with file search', () => {
  it('quotes the best passage of an uploaded file, and cites it', async () => {
    const tools = { fileSearch: { script: join(process.cwd(), 'dist', 'reader', 'reader.mjs') } };
    const { client } = openEngine({ tools });
    const text =
      'Neural networks learn by gradient descent.\n\nA gradient is a vector of partial derivatives.';
    const paper = await upload(client, 'paper.md', text);
    const assistant = await createTutor(client, { tools: [{ type: 'file_search' }] });
    const { id } = await client.beta.threads.create({
      messages: [
        {
          role: 'user',
          content: 'What are some cool math concepts behind gradient descent?',
          attachments: [{ file_id: paper.id, tools: [{ type: 'file_search' }] }],
        },
      ],
    });
    const run = await client.beta.threads.runs.createAndPoll(id, { assistant_id: assistant.id });
    equal(run.last_error, null);
    const [message] = (await client.beta.threads.messages.list(id)).data;
    const { value, annotations } = textOf(message!);
    match(
      value,
      /^The passage that fits best:\n\n> Neural networks learn by gradient descent\..* 【0:0†paper\.md】$/s,
    );
    deepEqual(
      annotations.map((a) => a.type === 'file_citation' && [a.text, a.file_citation.file_id]),
      [['【0:0†paper.md】', paper.id]],
    );
  });
});

describe('files that a message brings', () => {
  it('go into a vector store of the thread, and the run waits until they are read', async () => {
    const model = new ScriptedModel([calls(search), says('Twice【0:0†a】.')]);
    const { client, reader } = openSearch({ provider: model });
    const go = reader.hold();
    const file = await upload(client, 'sea.txt', files['sea [1].txt']);
    const assistant = await createTutor(client, { tools: [{ type: 'file_search' }] });
    const { id } = await client.beta.threads.create({
      messages: [
        {
          role: 'user',
          content: 'tide?',
          attachments: [{ file_id: file.id, tools: [{ type: 'file_search' }] }],
        },
      ],
    });
    const { tool_resources } = await client.beta.threads.retrieve(id);
    const [storeId] = tool_resources!.file_search!.vector_store_ids!;
    const store = await client.vectorStores.retrieve(storeId!);
    deepEqual(store.expires_after, { anchor: 'last_active_at', days: 7 });
    const run = await client.beta.threads.runs.create(id, { assistant_id: assistant.id });
    await until(
      'the run has begun',
      async () =>
        (await client.beta.threads.runs.retrieve(run.id, { thread_id: id })).status === 'in_progress',
    );
    equal(model.requests.length, 0, 'the model is not called before');
    go();
    equal((await client.beta.threads.runs.poll(run.id, { thread_id: id })).status, 'completed');
    const [message] = (await client.beta.threads.messages.list(id)).data;
    deepEqual(
      textOf(message!).annotations.map((a) => a.type === 'file_citation' && a.file_citation.file_id),
      [file.id],
    );

    const second = await upload(client, 'more.txt', 'More.');
    const attachments = [{ file_id: second.id, tools: [{ type: 'file_search' as const }] }];
    await client.beta.threads.messages.create(id, { role: 'user', content: 'More', attachments });
    equal((await whenRead(client, storeId!)).file_counts.total, 2);
  });

  it('do not keep the run from being cancelled while they are read', async () => {
    const { client, reader } = openSearch({ provider: new ScriptedModel([]) });
    reader.hold();
    const { id: file_id } = await upload(client, 'sea.txt', 'sea');
    const assistant = await createTutor(client, { tools: [{ type: 'file_search' }] });
    const { id: thread_id } = await client.beta.threads.create({
      messages: [
        { role: 'user', content: 'x', attachments: [{ file_id, tools: [{ type: 'file_search' }] }] },
      ],
    });
    const { id } = await client.beta.threads.runs.create(thread_id, { assistant_id: assistant.id });
    await until('it is being read', () => reader.begun.length === 1);
    await client.beta.threads.runs.cancel(id, { thread_id });
    equal((await client.beta.threads.runs.poll(id, { thread_id })).status, 'cancelled');
  });
});

describe('a vector store described in place', () => {
  it('is made for an assistant, a thread, and a thread made with its run', async () => {
    const { client } = openSearch();
    const file = await upload(client, 'a.txt', 'a');
    const described = { vector_stores: [{ file_ids: [file.id], metadata: { for: 'it' } }] };
    const assistant = await createTutor(client, {
      tools: [{ type: 'file_search' }],
      tool_resources: { file_search: described },
    });
    const thread = await client.beta.threads.create({ tool_resources: { file_search: described } });
    const run = await client.beta.threads.createAndRunPoll({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: 'a' }], tool_resources: { file_search: described } },
    });
    const made = await client.beta.threads.retrieve(run.thread_id);
    for (const { tool_resources } of [assistant, thread, made]) {
      const [id] = tool_resources?.file_search?.vector_store_ids ?? [];
      const store = await whenRead(client, id!);
      deepEqual([store.file_counts.completed, store.metadata], [1, { for: 'it' }]);
    }
  });

  it('is rejected together with the id of another, and so is an id that does not exist', async () => {
    const { client } = openSearch();
    const { id } = await client.vectorStores.create({});
    const both = { file_search: { vector_store_ids: [id], vector_stores: [{}] } };
    await refused(
      createTutor(client, { tool_resources: both }),
      400,
      /not both/,
      'tool_resources.file_search',
    );
    const none = { file_search: { vector_store_ids: ['vs_none'] } };
    await refused(
      createTutor(client, { tool_resources: none }),
      404,
      /No vector store found with id 'vs_none'/,
    );
    const missing = { file_search: { vector_stores: [{ file_ids: ['file-none'] }] } };
    await refused(createTutor(client, { tool_resources: missing }), 404, /No file found/);
    equal((await client.vectorStores.list()).data.length, 1, 'nothing is left of rejected requests');
  });
});

describe('citations', () => {
  it('have offsets that match their marks, whatever surrounds them and however the text is streamed', async function () {
    this.timeout(60_000);
    const model = new ScriptedModel([calls(search)]);
    const { client } = openSearch({ provider: model });
    const assistant = await searcher(client, await storeWith(client, files));
    model.turns.push(says('.'));
    const { thread_id } = await answerTo(client, assistant, 'tide?');
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.constantFrom('【0:0†a】', '【0:1†文件.txt】', '【', '】', '【5:0†x】', '【0:0', '†', '😀', '\n'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (pieces, size) => {
          const words = pieces.join('');
          const cut = words.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [''];
          model.turns.push(says(...cut));
          const run = await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id: assistant.id });
          // An answer without text is none.
          if (words.trim() === '') return equal(run.status, 'failed');
          equal(run.status, 'completed');
          const [message] = (await client.beta.threads.messages.list(thread_id, { run_id: run.id })).data;
          const { value, annotations } = textOf(message!);
          equal(value, words);
          for (const annotation of annotations) equal(slicePoints(value, annotation), annotation.text);
          const expected = words.match(/【0:[01]†[^【】\n]*】/g) ?? [];
          deepEqual(
            annotations.map(({ text }) => text),
            expected,
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});
