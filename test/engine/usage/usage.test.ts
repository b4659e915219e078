import { deepEqual, equal, ok } from 'node:assert/strict';
import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { ModelUsage } from '../../../src/engine/models/modelProvider';
import { checkedPrices } from '../../../src/engine/models/prices';
import { migrations } from '../../../src/engine/store/migrations';
import { folderOf } from '../versions/support';
import {
  ask,
  calls,
  createTutor,
  executeSql,
  openEngine,
  pausedTurn,
  refused,
  says,
  ScriptedModel,
  temporaryFolder,
  type Turn,
  until,
} from '../support';

interface Usage {
  day?: string;
  assistant_id?: string;
  model?: string;
  thread_id?: string | null;
  runs: number;
  runs_without_usage: number;
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  cached_tokens: number;
  reasoning_tokens: number;
  costs: { currency: string; amount: number }[];
  runs_without_price: number;
}

interface UsageList {
  data: Usage[];
  has_more: boolean;
  total: Usage;
}

function usageOf(client: OpenAI, query: Record<string, string | number> = {}): Promise<UsageList> {
  return client.get('/usage', { query });
}

/** A turn that says one word and names these tokens. */
function uses(usage: ModelUsage): Turn {
  return [
    { type: 'text', text: 'Yes.' },
    { type: 'usage', usage },
    { type: 'finish', reason: 'stop' },
  ];
}

async function answer(client: OpenAI, assistant: Assistant): Promise<string> {
  const run = await ask(client, assistant, 'Hello');
  await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
  return run.thread_id;
}

/** Today, as the engine's day. */
function today(): string {
  const now = new Date();
  const [month, day] = [now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${now.getFullYear()}-${month}-${day}`;
}

const counts = ({ runs, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens }: Usage) => [
  runs,
  prompt_tokens,
  completion_tokens,
  cached_tokens,
  reasoning_tokens,
];

describe('the usage', () => {
  it('of answers is counted by day, assistant, model and thread', async () => {
    const provider = new ScriptedModel([
      uses({ promptTokens: 100, completionTokens: 20, cachedTokens: 60, reasoningTokens: 5 }),
      uses({ promptTokens: 10, completionTokens: 2 }),
      uses({ promptTokens: 1000, completionTokens: 1 }),
    ]);
    const { client } = openEngine({ provider });
    const before = today();
    const [one, two] = [
      await createTutor(client, { model: 'test/one' }),
      await createTutor(client, { model: 'test/two' }),
    ];
    const threads = [await answer(client, one), await answer(client, one), await answer(client, two)];
    const days = await usageOf(client);
    ok([before, today()].includes(days.data[0]!.day!));
    deepEqual(days.data.length === 1 && counts(days.data[0]!), [3, 1110, 23, 60, 5]);
    deepEqual(counts(days.total), [3, 1110, 23, 60, 5]);
    equal(days.total.total_tokens, 1133);
    equal(days.has_more, false);

    const assistants = await usageOf(client, { group_by: 'assistant' });
    deepEqual(
      assistants.data.map((usage) => [usage.assistant_id, ...counts(usage)]),
      [
        [two.id, 1, 1000, 1, 0, 0],
        [one.id, 2, 110, 22, 60, 5],
      ],
    );
    const models = await usageOf(client, { group_by: 'model', limit: 1 });
    deepEqual(
      models.data.map((usage) => [usage.model, ...counts(usage)]),
      [['test/two', 1, 1000, 1, 0, 0]],
    );
    equal(models.has_more, true);
    equal(models.total.runs, 3);
    const byThread = await usageOf(client, { group_by: 'thread' });
    deepEqual(
      byThread.data.map(({ thread_id, total_tokens }) => [thread_id, total_tokens]),
      [
        [threads[2], 1001],
        [threads[0], 120],
        [threads[1], 12],
      ],
    );
  });

  it('of a run is that of all of its turns', async () => {
    const provider = new ScriptedModel([
      calls({ id: 'call_1', name: 'now', arguments: '{}' }),
      uses({ promptTokens: 30, completionTokens: 3, cachedTokens: 16 }),
    ]);
    const { client } = openEngine({ provider });
    const assistant = await createTutor(client, {
      model: 'test/one',
      tools: [{ type: 'function', function: { name: 'now' } }],
    });
    const run = await ask(client, assistant, 'What time is it?');
    const thread_id = run.thread_id;
    const waiting = await client.beta.threads.runs.poll(run.id, { thread_id });
    deepEqual(counts((await usageOf(client)).total), [0, 0, 0, 0, 0]);
    const [call] = waiting.required_action!.submit_tool_outputs.tool_calls;
    await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id,
      tool_outputs: [{ tool_call_id: call!.id, output: 'noon' }],
    });
    deepEqual(counts((await usageOf(client)).total), [1, 50, 8, 16, 0]);
  });

  it('of a deleted thread stays in its day, and is that of no thread', async () => {
    const provider = new ScriptedModel([says('a'), says('b', 'c'), says('d')]);
    const { client } = openEngine({ provider });
    const assistant = await createTutor(client, { model: 'test/one' });
    const threads = [await answer(client, assistant), await answer(client, assistant)];
    const left = await answer(client, assistant);
    for (const id of threads) await client.beta.threads.delete(id);
    await client.beta.assistants.delete(assistant.id);
    const { data, total } = await usageOf(client, { group_by: 'thread' });
    deepEqual(
      data.map((usage) => [usage.thread_id, ...counts(usage)]),
      [
        [null, 2, 20, 3, 0, 0],
        [left, 1, 10, 1, 0, 0],
      ],
    );
    deepEqual(counts(total), [3, 30, 4, 0, 0]);
    const [ofAssistant] = (await usageOf(client, { group_by: 'assistant' })).data;
    deepEqual([ofAssistant?.assistant_id, ofAssistant?.runs], [assistant.id, 3]);
  });

  it('of deleted threads is added up, each kind of tokens', async () => {
    const usage = { promptTokens: 10, completionTokens: 4, cachedTokens: 3, reasoningTokens: 2 };
    const provider = new ScriptedModel([uses(usage), uses(usage), uses(usage)]);
    const { client } = openEngine({ provider });
    const assistant = await createTutor(client, { model: 'test/one' });
    for (let deleted = 0; deleted < 3; deleted++)
      await client.beta.threads.delete(await answer(client, assistant));
    const { data } = await usageOf(client, { group_by: 'thread' });
    deepEqual(
      data.map((one) => [one.thread_id, ...counts(one)]),
      [[null, 3, 30, 12, 9, 6]],
    );
  });

  it('of a thread that is deleted while it is answered is counted as well', async () => {
    const { turn } = pausedTurn(['One'], []);
    const provider = new ScriptedModel([calls({ id: 'call_1', name: 'now', arguments: '{}' }), turn]);
    const { client } = openEngine({ provider });
    const assistant = await createTutor(client, {
      model: 'test/one',
      tools: [{ type: 'function', function: { name: 'now' } }],
    });
    const run = await ask(client, assistant, 'What time is it?');
    await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    await client.beta.threads.delete(run.thread_id);
    const { total } = await usageOf(client);
    deepEqual(counts(total), [1, 20, 5, 0, 0]);
    equal(total.runs_without_usage, 0);
  });

  it('that a model server did not name is not guessed, and said to be missing', async () => {
    const { turn } = pausedTurn(['Half an answer'], []);
    const provider = new ScriptedModel([
      [
        { type: 'text', text: 'Yes.' },
        { type: 'finish', reason: 'stop' },
      ],
      turn,
      // One that fails before it answers uses nothing.
      // eslint-disable-next-line require-yield, @typescript-eslint/require-await
      async function* () {
        throw new Error('not reachable');
      },
    ]);
    const prices = checkedPrices({ one: { input: 1, output: 1 } });
    const { client } = openEngine({ provider, prices: () => prices });
    const assistant = await createTutor(client, { model: 'test/one' });
    await answer(client, assistant);
    const run = await ask(client, assistant, 'Hello');
    const thread_id = run.thread_id;
    await until(
      'it speaks',
      async () => (await client.beta.threads.messages.list(thread_id)).data.length > 1,
    );
    await client.beta.threads.runs.cancel(run.id, { thread_id });
    await client.beta.threads.runs.poll(run.id, { thread_id });
    await answer(client, assistant);
    const { total } = await usageOf(client);
    deepEqual([total.runs, total.runs_without_usage, total.total_tokens], [2, 2, 0]);
    equal(total.runs_without_price, 0);
  });

  it('of a fork is that of its own answers', async () => {
    const provider = new ScriptedModel([says('a'), says('b')]);
    const { client } = openEngine({ provider });
    const assistant = await createTutor(client, { model: 'test/one' });
    const thread = await answer(client, assistant);
    const fork = await client.post<{ id: string }>(`/threads/${thread}/fork`, { body: {} });
    equal((await usageOf(client)).total.runs, 1);
    await client.beta.threads.runs.createAndPoll(fork.id, { assistant_id: assistant.id });
    const { data } = await usageOf(client, { group_by: 'thread' });
    deepEqual(
      data.map(({ runs }) => runs),
      [1, 1],
    );
  });

  it('is asked for in a range of days, both of which count', async () => {
    const dataDir = temporaryFolder();
    const { client } = openEngine({ dataDir });
    await usageOf(client);
    const rows = ['2026-11-01', '2026-11-02', '2026-11-03'].map(
      (day, at) => `('${day}', 'asst_${'a'.repeat(24)}', 'demo/tutor', 1, 0, ${10 ** at}, 0, 0, 0)`,
    );
    executeSql(dataDir, `INSERT INTO usage_days VALUES ${rows.join(', ')}`);
    const days = async (query: Record<string, string>) =>
      (await usageOf(client, query)).data.map(({ day }) => day);
    deepEqual(await days({}), ['2026-11-03', '2026-11-02', '2026-11-01']);
    deepEqual(await days({ start: '2026-11-02' }), ['2026-11-03', '2026-11-02']);
    deepEqual(await days({ start: '2026-11-02', end: '2026-11-02' }), ['2026-11-02']);
    equal((await usageOf(client, { end: '2026-11-02', group_by: 'model' })).data[0]?.prompt_tokens, 11);
    equal((await usageOf(client, { end: '2026-11-02' })).total.prompt_tokens, 11);
    deepEqual(await days({ start: '', group_by: '' }), await days({}));
  });

  it('is refused for what is no day, no group and no limit', async () => {
    const { client } = openEngine();
    await refused(
      usageOf(client, { start: 'yesterday' }),
      400,
      /Invalid value for 'start'.*2026-11-30/,
      'start',
    );
    await refused(usageOf(client, { start: '2026-02-30' }), 400, /2026-11-30/, 'start');
    await refused(usageOf(client, { end: '2026-13-01' }), 400, /2026-11-30/, 'end');
    await refused(
      usageOf(client, { group_by: 'user' }),
      400,
      /'day', 'assistant', 'model', 'thread'/,
      'group_by',
    );
    await refused(usageOf(client, { limit: 0 }), 400, /minimum/, 'limit');
  });

  it('of threads reads all of them, in pieces', async () => {
    const dataDir = temporaryFolder();
    const { client } = openEngine({ dataDir });
    await usageOf(client);
    executeSql(
      dataDir,
      `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 5000)
       INSERT INTO usage_threads SELECT printf('thread_%024d', n), day.value, 'asst_${'a'.repeat(24)}', 'demo/tutor',
         1, 0, n, 0, 0, 0 FROM number, json_each('["2026-11-01", "2026-11-02"]') AS day`,
    );
    const { data, has_more } = await usageOf(client, { group_by: 'thread', limit: 3 });
    deepEqual(
      data.map(({ thread_id, total_tokens, runs }) => [Number(thread_id?.slice(7)), total_tokens, runs]),
      [
        [5000, 10_000, 2],
        [4999, 9998, 2],
        [4998, 9996, 2],
      ],
    );
    equal(has_more, true);
    equal((await usageOf(client, { group_by: 'thread', limit: 10_000 })).data.length, 5000);
  });

  it('of the runs of an earlier version of the database is counted once', async () => {
    const { client } = openEngine({ dataDir: folderOf(1) });
    const threads = await client.get<{ data: { id: string }[] }>('/threads');
    let tokens = 0;
    for (const { id } of threads.data) {
      for await (const run of client.beta.threads.runs.list(id)) tokens += run.usage?.total_tokens ?? 0;
    }
    ok(tokens > 0);
    equal((await usageOf(client)).total.total_tokens, tokens);
    const byThread = await usageOf(client, { group_by: 'thread' });
    equal(
      byThread.data.reduce((sum, usage) => sum + usage.total_tokens, 0),
      tokens,
    );
  });
});

describe('the migration to usage', () => {
  it('counts as the engine does: forks once, days by the end of their runs', async () => {
    const dataDir = temporaryFolder();
    const provider = new ScriptedModel([
      uses({ promptTokens: 100, completionTokens: 20, cachedTokens: 60, reasoningTokens: 5 }),
      says('b'),
      [
        { type: 'text', text: 'Yes.' },
        { type: 'finish', reason: 'stop' },
      ],
      () => {
        throw new Error('not reachable');
      },
    ]);
    const { client, engine } = openEngine({ provider, dataDir });
    const assistant = await createTutor(client, { model: 'test/one' });
    const thread = await answer(client, assistant);
    const fork = await client.post<{ id: string }>(`/threads/${thread}/fork`, { body: {} });
    await client.beta.threads.runs.createAndPoll(fork.id, { assistant_id: assistant.id });
    await answer(client, assistant);
    await answer(client, assistant);
    const read = async (one: OpenAI) =>
      Promise.all(['day', 'assistant', 'model', 'thread'].map((group_by) => usageOf(one, { group_by })));
    const before = await read(client);
    equal(before[0]?.total.runs, 3);
    await engine.close();
    const names = ['TRIGGER usage_of_deleted_threads', 'TABLE usage_days', 'TABLE usage_threads'];
    const drops = [...names, 'TABLE assistant_versions'].map((name) => `DROP ${name};`).join(' ');
    executeSql(dataDir, drops + migrations.find((sql) => sql.includes('usage_of_deleted_threads'))!);
    deepEqual(await read(openEngine({ dataDir }).client), before);
  });
});

describe('what answers cost', () => {
  const tokens: ModelUsage = { promptTokens: 1_000_000, completionTokens: 100_000, cachedTokens: 400_000 };

  async function costsAt(prices: unknown, turns: Turn[] = [uses(tokens)]): Promise<Usage> {
    const map = checkedPrices(prices);
    const { client } = openEngine({ provider: new ScriptedModel(turns), prices: () => map });
    const assistant = await createTutor(client, { model: 'test/one' });
    for (let left = turns.length; left > 0; left--) await answer(client, assistant);
    return (await usageOf(client, { group_by: 'model' })).total;
  }

  it('is what the user says, by a model’s id with or without its connection', async () => {
    const price = { input: 2, cachedInput: 0.5, output: 8 };
    for (const name of ['test/one', 'one']) {
      const { costs, runs_without_price } = await costsAt({ [name]: price });
      deepEqual([costs, runs_without_price], [[{ currency: 'USD', amount: 2.2 }], 0]);
    }
    const both = await costsAt({ one: price, 'test/one': { input: 1, output: 0, currency: 'cny' } });
    deepEqual(both.costs, [{ currency: 'CNY', amount: 1 }]);
  });

  it('is not known without a price, nor at one that is none', async () => {
    for (const prices of [
      {},
      { other: { input: 1, output: 1 } },
      { one: { input: -1, output: 1 } },
      { one: { input: '1', output: 1 } },
      { one: { input: 1 } },
      { one: { input: 1, output: 1, currency: '<b>' } },
      { one: 3 },
    ]) {
      const { costs, runs_without_price } = await costsAt(prices);
      deepEqual([costs, runs_without_price], [[], 1], JSON.stringify(prices));
    }
  });

  it('is told apart by currency, and from answers without a price', async () => {
    const prices = checkedPrices({
      'test/one': { input: 1, output: 0 },
      'test/two': { input: 7, output: 0, currency: 'CNY' },
      'gone/four': { input: 1, output: 0 },
    });
    const turns = [1, 2, 3].map(() => uses(tokens));
    const { client } = openEngine({ provider: new ScriptedModel(turns), prices: () => prices });
    for (const model of ['test/one', 'test/two', 'test/three'])
      await answer(client, await createTutor(client, { model }));
    const { total, data } = await usageOf(client);
    deepEqual(
      total.costs.toSorted((a, b) => a.amount - b.amount),
      [
        { currency: 'USD', amount: 1 },
        { currency: 'CNY', amount: 7 },
      ],
    );
    equal(total.runs_without_price, 1);
    deepEqual(data[0]?.costs, total.costs);
  });

  it('is nothing for the scripted demo', async () => {
    const { client } = openEngine();
    const thread = await answer(client, await createTutor(client, { model: 'demo/tutor' }));
    const { total } = await usageOf(client);
    const [run] = (await client.beta.threads.runs.list(thread)).data;
    equal(total.total_tokens, run?.usage?.total_tokens);
    deepEqual([total.runs, total.costs, total.runs_without_price], [1, [], 0]);
    ok(total.total_tokens > 0);
  });
});
