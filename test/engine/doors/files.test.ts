import { deepEqual, equal, ok } from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type OpenAI from 'openai';
import { ZipFile } from 'yazl';
import {
  exportObjects,
  FolderTarget,
  openArchive,
  readArchive,
  runImport,
  ZipTarget,
  type ImportReport,
} from '../../../src/transfer';
import { openSearch, storeWith, upload, whenRead } from '../fileSearchSupport';
import { afterTest, ask, collect, createTutor, temporaryFolder, until } from '../support';
import { deleteEverything, snapshot } from './support';

/** Imports a file or folder. */
async function importFrom(client: OpenAI, path: string, signal?: AbortSignal): Promise<ImportReport> {
  const archive = await openArchive(path);
  try {
    return await runImport({ client, reader: await readArchive(archive, signal), signal });
  } finally {
    await archive.close();
  }
}

/** A file of an import, in a folder of its own. */
async function fileWith(name: string, content: unknown): Promise<string> {
  const path = join(temporaryFolder(), name);
  const isRaw = typeof content === 'string' || content instanceof Buffer;
  await writeFile(path, isRaw ? content : JSON.stringify(content));
  return path;
}

async function zipWith(
  files: Record<string, string | Buffer>,
  rename: Record<string, string> = {},
): Promise<string> {
  const path = join(temporaryFolder(), 'import.zip');
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  // yazl does not write names that lead out of the folder.
  let bytes = await readFile(path, 'latin1');
  for (const [from, to] of Object.entries(rename)) bytes = bytes.replaceAll(from, to);
  await writeFile(path, bytes, 'latin1');
  return path;
}

function open() {
  return openSearch({ worker: null });
}

/** The texts of a thread's messages, oldest first. */
async function textsOf(client: OpenAI, threadId: string): Promise<string[]> {
  const messages = await collect(client.beta.threads.messages.list(threadId, { order: 'asc' }));
  return messages.map(({ role, content }) => {
    const parts = content.map((part) => (part.type === 'text' ? part.text.value : part.type));
    return `${role}: ${parts.join(' ')}`;
  });
}

/** A service with an assistant, a store, files, and a thread with branches. */
async function fill(client: OpenAI): Promise<void> {
  const store = await storeWith(client, { 'notes.txt': 'The gradient is the slope.', 'more.txt': 'More.' });
  const loose = await upload(client, 'über data.csv', 'a,b\n1,2\n');
  const tutor = await createTutor(client, {
    model: 'demo/tutor',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
    metadata: { kind: 'tutor' },
  });
  const run = await ask(client, tutor, 'What is a gradient?');
  const place = { thread_id: run.thread_id };
  await until(
    'it ends',
    async () => (await client.beta.threads.runs.retrieve(run.id, place)).status === 'completed',
  );
  await client.beta.threads.update(run.thread_id, { metadata: { title: 'Gradients / and more' } });
  await client.beta.threads.messages.create(run.thread_id, {
    role: 'user',
    content: 'And this?',
    attachments: [{ file_id: loose.id, tools: [{ type: 'code_interpreter' }] }],
  });
  const [first] = await collect(client.beta.threads.messages.list(run.thread_id, { order: 'asc' }));
  await client.post(`/threads/${run.thread_id}/fork`, { body: { up_to: first?.id, branch: true } });
  await whenRead(client, store.id);
}

describe('Exports', () => {
  for (const kind of ['folder', 'zip'] as const) {
    it(`to a ${kind} are taken back as they were`, async () => {
      const { client } = open();
      await fill(client);
      const before = await snapshot(client);
      const path = join(temporaryFolder(), kind === 'zip' ? 'all.zip' : 'all');
      const target = kind === 'zip' ? new ZipTarget(path) : new FolderTarget(path);
      const written = await exportObjects({ client, target, scope: 'everything', writtenBy: 'test' });
      deepEqual(written.problems, []);
      equal(written.counts.thread, 2);
      await deleteEverything(client);
      const report = await importFrom(client, path);
      deepEqual([report.problems, report.ignoredFields, report.error], [[], [], undefined]);
      for (const { id } of before.stores) await whenRead(client, id);
      deepEqual(await snapshot(client), before);
      const again = await importFrom(client, path);
      deepEqual(again.problems, []);
      ok(Object.values(again.counts).every(({ created }) => created === 0));
      deepEqual(await snapshot(client), before);
    });
  }

  it('of one thread have its branches and its files, and Markdown', async () => {
    const { client } = open();
    await fill(client);
    const [thread] = (await snapshot(client)).threads;
    await client.beta.threads.create({ metadata: { title: 'Another' } });
    const path = join(temporaryFolder(), 'one');
    const report = await exportObjects({
      client,
      target: new FolderTarget(path),
      scope: { threadIds: [thread?.id ?? ''] },
      writtenBy: 'test',
      markdownOf: (one, messages) =>
        Promise.resolve({ title: `../${one.id}`, text: `${messages.length} messages` }),
    });
    deepEqual([report.counts.thread, report.counts.assistant], [2, 0]);
    const names = await readdir(path, { recursive: true });
    ok(names.some((name) => /^conversations.+\.md$/.test(name)));
    ok(names.some((name) => /^files.*über data\.csv$/.test(name)));
    const list = JSON.parse(await readFile(join(path, 'messages.json'), 'utf8')) as {
      object: string;
      data: unknown[];
    };
    deepEqual([list.object, list.data.length], ['list', report.counts['thread.message']]);
  });

  it('of an assistant have its vector store and files', async () => {
    const { client } = open();
    await fill(client);
    const [assistant] = (await snapshot(client)).assistants;
    const path = join(temporaryFolder(), 'one.zip');
    const scope = { assistantIds: [assistant?.id ?? ''] };
    const { counts } = await exportObjects({ client, target: new ZipTarget(path), scope, writtenBy: 'test' });
    deepEqual(
      [counts.assistant, counts.vector_store, counts['vector_store.file'], counts.file, counts.thread],
      [1, 1, 2, 2, 0],
    );
  });

  it('that are cancelled leave nothing', async () => {
    const { client } = open();
    await fill(client);
    for (const kind of ['folder', 'zip']) {
      const folder = temporaryFolder();
      const path = join(folder, 'all');
      const target = kind === 'zip' ? new ZipTarget(path) : new FolderTarget(path);
      const aborter = new AbortController();
      const options = {
        client,
        target,
        scope: 'everything' as const,
        writtenBy: 'test',
        signal: aborter.signal,
      };
      const failed = await exportObjects({ ...options, onProgress: () => aborter.abort() }).catch(
        (error: unknown) => error,
      );
      ok(failed instanceof Error);
      deepEqual(await readdir(folder), []);
    }
  });
});

describe('Imported files', () => {
  const message = (id: string, created_at: unknown, text: string, role = 'user') => ({
    id,
    object: 'thread.message',
    created_at,
    thread_id: 'thread_aaaaaaaaaaaaaaaaaaaaaaaa',
    role,
    content: [{ type: 'text', text: { value: text, annotations: [] } }],
  });
  const messages = [
    message('msg_aaaaaaaaaaaaaaaaaaaaaaa3', 1_700_000_002, 'Third'),
    message('msg_aaaaaaaaaaaaaaaaaaaaaaa2', 1_700_000_001, 'Second', 'assistant'),
    message('msg_aaaaaaaaaaaaaaaaaaaaaaa1', 1_700_000_001, 'First'),
  ];
  const expected = ['user: First', 'assistant: Second', 'user: Third'];

  const dumps: Record<string, unknown> = {
    'an array, newest first': messages,
    'a list of the API': { object: 'list', data: messages, first_id: 'x', last_id: 'y', has_more: false },
    'an array of lists': [{ object: 'list', data: messages }],
    'an object with lists': { messages, threads: [] },
    'JSON lines': messages.map((one) => JSON.stringify(one)).join('\n'),
    'a thread with its messages': [
      { id: 'thread_aaaaaaaaaaaaaaaaaaaaaaaa', object: 'thread', created_at: 1_700_000_000, messages },
    ],
  };
  const thread = { id: 'thread_aaaaaaaaaaaaaaaaaaaaaaaa', object: 'thread', created_at: 1_700_000_000 };
  const page = { object: 'list', data: messages, has_more: false };
  Object.assign(dumps, {
    'an array in an array': [messages],
    'a thread with a list of its messages': [{ ...thread, messages: page }],
    'a thread whose messages come first': { messages, ...thread },
    'an object with a thread and its messages': { thread, messages: page },
    'an object with the id of a thread and its messages': [{ thread_id: thread.id, messages }],
    'an object whose id follows the messages': { messages, thread_id: thread.id },
    'messages by the ids of their threads': { [thread.id]: messages },
    'text in UTF-16': Buffer.from(`\ufeff${JSON.stringify(messages)}`, 'utf16le'),
  });
  for (const [name, content] of Object.entries(dumps)) {
    it(`can be ${name}`, async () => {
      const { client } = open();
      const report = await importFrom(client, await fileWith('messages.json', content));
      deepEqual(report.problems, []);
      deepEqual(await textsOf(client, 'thread_aaaaaaaaaaaaaaaaaaaaaaaa'), expected);
      const again = await importFrom(client, await fileWith('renamed.json', content));
      equal(again.counts.thread?.exists, 1);
      equal((await snapshot(client)).threads.length, 1);
    });
  }

  it('can be a folder of lists, whose runs and steps find their thread', async () => {
    const { client } = open();
    const folder = temporaryFolder();
    const run = {
      id: 'run_aaaaaaaaaaaaaaaaaaaaaaaa',
      object: 'thread.run',
      created_at: 1_700_000_001,
      thread_id: 'thread_aaaaaaaaaaaaaaaaaaaaaaaa',
      assistant_id: 'asst_aaaaaaaaaaaaaaaaaaaaaaaa',
      status: 'in_progress',
      model: 'gpt-4o',
      reasoning_effort: 'high',
    };
    const step = {
      id: 'step_aaaaaaaaaaaaaaaaaaaaaaaa',
      object: 'thread.run.step',
      created_at: 1_700_000_001,
      thread_id: run.thread_id,
      run_id: run.id,
      assistant_id: run.assistant_id,
      status: 'completed',
      step_details: { type: 'message_creation', message_creation: { message_id: messages[1]?.id } },
    };
    await writeFile(join(folder, 'steps.json'), JSON.stringify([step]));
    await writeFile(join(folder, 'messages.json'), JSON.stringify(messages));
    await writeFile(join(folder, 'runs.json'), JSON.stringify({ object: 'list', data: [run] }));
    await writeFile(
      join(folder, 'assistants.json'),
      JSON.stringify([
        {
          id: run.assistant_id,
          object: 'assistant',
          created_at: 1,
          model: 'gpt-4o',
          tools: [{ type: 'retrieval' }, { type: 'odd' }],
        },
      ]),
    );
    const report = await importFrom(client, folder);
    deepEqual(report.problems, []);
    deepEqual(report.ignoredFields, ['thread.run.reasoning_effort']);
    const { inThreads, assistants } = await snapshot(client);
    equal(inThreads[0]?.runs[0]?.status, 'expired');
    equal(inThreads[0]?.steps.length, 1);
    deepEqual(assistants[0]?.tools, [{ type: 'file_search' }]);
  });

  it('can be lines of text with dates, fields in any order', async () => {
    const { client } = open();
    const lines = [
      {
        text: 'Hello',
        role: 'user',
        thread_id: 'a',
        created_at: '2024-03-01T10:00:00Z',
        extra: { deep: [1] },
      },
      {
        created_at: '2024-03-01T10:00:05.500Z',
        assistant_id: 'bot',
        message_id: 7,
        thread_id: 'a',
        role: 'assistant',
        text: 'Hi!',
      },
      { role: 'user', thread_id: 'b', created_at: 1_709_287_200_123, text: 'Other' },
      { role: 'user', thread_id: 'a', created_at: 1_709_287_300, text: 'Bye' },
    ];
    const path = await fileWith('log.jsonl', lines.map((line) => JSON.stringify(line)).join('\r\n') + '\r\n');
    const report = await importFrom(client, path);
    deepEqual(report.problems, []);
    deepEqual(report.ignoredFields, ['thread.message.extra']);
    const { threads, inThreads } = await snapshot(client);
    equal(threads.length, 2);
    deepEqual(await textsOf(client, threads[0]?.id ?? ''), ['user: Hello', 'assistant: Hi!', 'user: Bye']);
    deepEqual(
      inThreads[0]?.messages.map(({ created_at }) => created_at),
      [1709287200, 1709287205, 1709287300],
    );
    deepEqual(
      inThreads[1]?.messages.map(({ created_at }) => created_at),
      [1709287200],
    );
    await importFrom(client, path);
    deepEqual((await snapshot(client)).inThreads, inThreads);
  });

  it('can have any name if they are chosen themselves', async () => {
    const { client } = open();
    equal((await importFrom(client, await fileWith('m.txt', messages))).counts.thread?.created, 1);
    const table = await importFrom(client, await fileWith('m.csv', 'thread_id,role,text\na,user,Hello\n'));
    deepEqual(table.problems, [{ object: 'm.csv', id: null, reason: 'notJson' }]);
  });

  it('can be lines with lists before their ids, and times in micro- and nanoseconds', async () => {
    const { client } = open();
    const lines = [
      { role: 'user', files: [], text: 'Micro', thread_id: 'a', created_at: 1_700_000_000_123_456 },
      { steps: [{ odd: 1 }], role: 'assistant', text: 'Nano', thread_id: 'a', created_at: 1_700_000_001e9 },
    ];
    const path = await fileWith('log.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
    deepEqual((await importFrom(client, path)).problems, []);
    const { inThreads } = await snapshot(client);
    const [found] = inThreads;
    deepEqual(await textsOf(client, found?.id ?? ''), ['user: Micro', 'assistant: Nano']);
    deepEqual(
      found?.messages.map(({ created_at }) => created_at),
      [1_700_000_000, 1_700_000_001],
    );
  });

  it('can be a later export of ChatGPT: what was there goes on, new answers are branches', async () => {
    const { client } = open();
    const conversation = (id: string, nodes: [id: string, parent: string | null, time: number][]) => ({
      id,
      title: id,
      create_time: 1_700_000_000,
      mapping: Object.fromEntries(
        nodes.map(([key, parent, time]) => {
          const author = { role: key.startsWith('q') ? 'user' : 'assistant' };
          const content = { content_type: 'text', parts: [key] };
          const children = nodes.filter(([, other]) => other === key).map(([child]) => child);
          const message = { id: `${id}-${key}`, author, create_time: 1_700_000_000 + time, content };
          return [key, { id: key, parent, children, message }];
        }),
      ),
      current_node: nodes.at(-1)?.[0],
    });
    const first = [
      conversation('one', [
        ['q', null, 0],
        ['a', 'q', 1],
      ]),
    ];
    await importFrom(client, await fileWith('conversations.json', first));
    const second = [
      conversation('two', [['q', null, 0]]),
      conversation('one', [
        ['q', null, 0],
        ['a', 'q', 1],
        ['q2', 'a', 2],
        ['b', 'q', 3],
      ]),
    ];
    const path = await fileWith('conversations.json', second);
    await importFrom(client, path);
    const { threads } = await snapshot(client);
    const texts = await Promise.all(threads.map(({ id }) => textsOf(client, id)));
    deepEqual(texts.map((all) => all.join(', ')).sort(), [
      'user: q',
      'user: q, assistant: a, user: q2',
      'user: q, assistant: b',
    ]);
    const before = await snapshot(client);
    await importFrom(client, path);
    deepEqual(await snapshot(client), before);
  });

  it('can be damaged in a zip file: the others are read', async () => {
    const { client } = open();
    const path = join(temporaryFolder(), 'import.zip');
    const zip = new ZipFile();
    const stored = { compress: false };
    const broken = messages.map((one) => ({ ...one, id: one.id.replace(/.$/, 'B'), content: 'Broken' }));
    zip.addBuffer(Buffer.from(JSON.stringify(broken)), 'broken.json', stored);
    zip.addBuffer(Buffer.from(JSON.stringify(messages)), 'messages.json', stored);
    zip.addBuffer(Buffer.from([0, 5, 22, 7]), '__MACOSX/._messages.json', stored);
    zip.end();
    await pipeline(zip.outputStream, createWriteStream(path));
    await writeFile(path, (await readFile(path, 'latin1')).replace('Broken', 'broken'), 'latin1');
    const report = await importFrom(client, path);
    deepEqual(
      report.problems.map(({ object }) => object),
      ['broken.json'],
    );
    deepEqual(await textsOf(client, thread.id), expected);
  });

  it('can be conversations of ChatGPT: the shown path is the thread, others are branches', async () => {
    const { client } = open();
    const node = (id: string, parent: string | null, role: string, content: unknown, more = {}) => ({
      id,
      parent,
      children: [],
      message: role
        ? { id: `m-${id}`, author: { role }, create_time: 1_700_000_000.5, content, metadata: {}, ...more }
        : null,
    });
    const text = (value: string) => ({ content_type: 'text', parts: [value] });
    const nodes = [
      node('root', null, '', null),
      node('system', 'root', 'system', text('Be nice.')),
      node('q', 'system', 'user', {
        content_type: 'multimodal_text',
        parts: [
          {
            content_type: 'image_asset_pointer',
            asset_pointer: 'file-service://file-AbC123def456ghi789jkl012',
          },
          'What is this?',
        ],
      }),
      node('old', 'q', 'assistant', text('A dog.')),
      node('new', 'q', 'assistant', text('A cat.'), { metadata: { model_slug: 'gpt-4o' } }),
      node('q2', 'new', 'user', text('Draw it.')),
      node('code', 'q2', 'assistant', { content_type: 'code', text: 'print(1)' }, { recipient: 'python' }),
      node('out', 'code', 'tool', { content_type: 'execution_output', text: '1' }),
      node('think', 'out', 'assistant', { content_type: 'thoughts', thoughts: [] }),
      node('end', 'think', 'assistant', text('Done.')),
    ];
    const conversation = {
      id: '6f1e-uuid',
      title: 'Pictures',
      create_time: 1_700_000_000.123,
      mapping: Object.fromEntries(nodes.map((one) => [one.id, one])),
      current_node: 'end',
    };
    const path = await zipWith({
      'conversations.json': JSON.stringify([conversation, { mapping: {}, title: 'Empty', create_time: 1 }]),
      'user.json': JSON.stringify({ id: 'user-x', email: 'a@b.c' }),
      'file-AbC123def456ghi789jkl012-cat.png': Buffer.from('png'),
      'chat.html': '<html>',
    });
    const report = await importFrom(client, path);
    deepEqual(report.problems, [{ object: 'user', id: 'user-x', reason: 'unknownKind' }]);
    const { threads, inThreads, files } = await snapshot(client);
    equal(files[0]?.filename, 'cat.png');
    const shown = threads.find(({ id }) => inThreads.find((one) => one.id === id)?.messages.length === 6);
    ok(shown);
    deepEqual((await client.beta.threads.retrieve(shown.id)).metadata, { title: 'Pictures' });
    deepEqual(await textsOf(client, shown.id), [
      'user: image_file What is this?',
      'assistant: A cat.',
      'user: Draw it.',
      'assistant: ```python\nprint(1)\n```',
      'assistant: ```text\n1\n```',
      'assistant: Done.',
    ]);
    const branches = await client.get<{ threads: { id: string }[]; points: { branches: unknown[] }[] }>(
      `/threads/${shown.id}/branches`,
    );
    equal(branches.threads.length, 2);
    equal(branches.points[0]?.branches.length, 2);
    const other = branches.threads.find(({ id }) => id !== shown.id);
    deepEqual(await textsOf(client, other?.id ?? ''), [
      'user: image_file What is this?',
      'assistant: A dog.',
    ]);
    const before = await snapshot(client);
    await importFrom(client, path);
    deepEqual(await snapshot(client), before);
  });

  it('that are hostile are reported, and cost nothing but themselves', async () => {
    const { client } = open();
    const cyclic = {
      mapping: { a: { id: 'a', parent: 'b', message: null }, b: { id: 'b', parent: 'a', message: 5 }, c: 7 },
      current_node: 'a',
    };
    const fine = message('msg_aaaaaaaaaaaaaaaaaaaaaaa1', 1_700_000_001, 'Fine');
    const path = await zipWith(
      {
        'deep.json': `[${'['.repeat(100_000)}${']'.repeat(100_000)}, ${JSON.stringify(fine)}]`,
        'large.json': `[{"id":"msg_x","text":"${'x'.repeat(25 * 1024 * 1024)}"}]`,
        'cut.json': '[{"id":"thread_bbbbbbbbbbbb","object":"thr',
        'odd.json': '{"messages": 7, "threads": {"a": []}}',
        'no.json': 'hello',
        'empty.json': '',
        'types.json': JSON.stringify([
          null,
          1,
          'x',
          [],
          { object: 5 },
          { id: 5, object: 'thread' },
          { object: 'thread.message' },
        ]),
        'conversations.json': JSON.stringify([cyclic]),
        'proto.json':
          '[{"__proto__":{"x":1},"object":"assistant","id":"asst_aaaaaaaaaaaaaaaaaaaaaaaa","model":"m","created_at":5}]',
        'outsidee-passwd.json': JSON.stringify([fine]),
        'bomb.json': Buffer.alloc(40 * 1024 * 1024, ' '),
      },
      { 'outsidee-passwd.json': '../../../passwd.json' },
    );
    const report = await importFrom(client, path);
    const reasons = new Set(
      report.problems.map(({ reason }) => (typeof reason === 'string' ? reason : 'text')),
    );
    for (const reason of [
      'unsafeName',
      'compressedTooFar',
      'tooDeep',
      'tooLarge',
      'notJson',
      'unknownKind',
    ] as const)
      ok(reasons.has(reason), reason);
    equal(report.error, undefined);
    deepEqual(await textsOf(client, fine.thread_id), ['user: Fine']);
    equal((await client.beta.assistants.retrieve('asst_aaaaaaaaaaaaaaaaaaaaaaaa')).model, 'm');
  });

  it('in a folder are not read through links', async () => {
    const { client } = open();
    const secret = await fileWith('messages.json', messages);
    const folder = temporaryFolder();
    await mkdir(join(folder, 'inner'));
    await symlink(secret, join(folder, 'inner', 'messages.json'));
    await importFrom(client, folder);
    equal((await snapshot(client)).threads.length, 0);
  });

  it('can be cancelled: what was taken stays, the next time goes on', async () => {
    const { client } = open();
    const lines = Array.from({ length: 20 }, (_, at) => ({
      thread_id: `t${at}`,
      role: 'user',
      text: `Hello ${at}`,
      created_at: 1_700_000_000 + at,
    }));
    const path = await fileWith('log.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
    const archive = await openArchive(path);
    afterTest(() => archive.close());
    const aborter = new AbortController();
    const report = await runImport({
      client,
      reader: await readArchive(archive),
      signal: aborter.signal,
      onProgress: ({ done }) => done === 5 && aborter.abort(),
    });
    equal(report.isCancelled, true);
    equal((await snapshot(client)).threads.length, 5);
    const rest = await importFrom(client, path);
    deepEqual([rest.counts.thread?.exists, rest.counts.thread?.created], [5, 15]);
    equal(rest.error, undefined);
  });
});
