import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type OpenAI from 'openai';
import type { ComparisonFilter, CompoundFilter } from 'openai/resources/shared';
import { openSearch, storeWith, upload, whenRead } from './fileSearchSupport';
import { collect, executeSql, refused } from './support';

/** Four files about the sea, each with attributes of its own. */
async function seaStore(client: OpenAI): Promise<string> {
  const { id } = await client.vectorStores.create({});
  const files = {
    'old.txt': { year: 1990, kind: 'letter', draft: false },
    'new.txt': { year: 2020, kind: 'letter', draft: true },
    'odd.txt': { year: 2005, kind: 'report' },
    'bare.txt': null,
  };
  for (const [name, attributes] of Object.entries(files)) {
    const { id: file_id } = await upload(client, name, `The sea, as ${name} has it.`);
    await client.vectorStores.files.create(id, { file_id, attributes });
  }
  await whenRead(client, id);
  return id;
}

async function namesFound(
  client: OpenAI,
  storeId: string,
  filters: ComparisonFilter | CompoundFilter,
): Promise<string[]> {
  const { data } = await client.vectorStores.search(storeId, { query: 'sea', filters });
  return data.map(({ filename }) => filename).sort();
}

describe('a search of a vector store', () => {
  it('returns the best matching passages, with their files', async () => {
    const { client } = openSearch();
    const store = await storeWith(client, {
      'tide.txt': 'The tide turns twice a day, drawn by the moon.',
      'wind.txt': 'The wind turns when the land has cooled.',
    });
    const found = await client.vectorStores.search(store.id, {
      query: 'What draws the tide?',
      rewrite_query: true,
    });
    const [best] = found.data;
    equal(best?.filename, 'tide.txt');
    deepEqual(best.content, [{ type: 'text', text: 'The tide turns twice a day, drawn by the moon.' }]);
    ok(best.score > 0 && best.score <= 1);
    deepEqual(
      found.data.map(({ score }) => score),
      found.data.map(({ score }) => score).toSorted((a, b) => b - a),
    );
    deepEqual((await collect(client.vectorStores.search(store.id, { query: 'zebra' }))).length, 0);
  });

  it('finds no passage of a file that has expired, and other passages in its place', async () => {
    // Without further ticks, the file is not deleted.
    const { client, dataDir } = openSearch({ tickInterval: 3_600_000 });
    const gone = await upload(client, 'gone.txt', 'The tide, the tide.');
    const kept = await upload(client, 'kept.txt', 'A tide among many other words of a longer text.');
    const { id } = await client.vectorStores.create({ file_ids: [gone.id, kept.id] });
    await whenRead(client, id);
    const names = async (more: object = {}) =>
      (await client.vectorStores.search(id, { query: 'tide', ...more })).data.map(({ filename }) => filename);
    deepEqual(await names(), ['gone.txt', 'kept.txt']);
    deepEqual(await names({ max_num_results: 1 }), ['gone.txt']);

    const past = `json_set(body, '$.expires_at', unixepoch() - 1)`;
    executeSql(dataDir, `UPDATE files SET body = ${past} WHERE id = '${gone.id}'`);
    deepEqual(await names(), ['kept.txt']);
    deepEqual(await names({ max_num_results: 1 }), ['kept.txt']);
    const content = await client.vectorStores.files.content(gone.id, { vector_store_id: id });
    deepEqual(
      content.data.map(({ text }) => text),
      [''],
    );
  });

  it('accepts several queries at once, and limits the results', async () => {
    const { client } = openSearch();
    const store = await storeWith(client, {
      'a.txt': 'Apples grow on trees.',
      'b.txt': 'Boats float on water.',
    });
    const both = await client.vectorStores.search(store.id, { query: ['apples', 'boats'] });
    deepEqual(both.data.map(({ filename }) => filename).sort(), ['a.txt', 'b.txt']);
    const one = await client.vectorStores.search(store.id, {
      query: ['apples', 'boats'],
      max_num_results: 1,
    });
    equal(one.data.length, 1);
    const score_threshold = Math.max(...both.data.map(({ score }) => score));
    const best = await client.vectorStores.search(store.id, {
      query: ['apples', 'boats', 'water'],
      ranking_options: { score_threshold },
    });
    ok(best.data.length > 0);
    ok(best.data.every(({ score }) => score >= score_threshold));
  });

  it('of very many queries yields to other work between them', async () => {
    const { client } = openSearch();
    const id = await seaStore(client);
    const query = Array.from({ length: 500 }, (_, at) => `sea ${at}`);
    let isDone = false;
    const search = client.vectorStores.search(id, { query }).then(() => (isDone = true));
    let turns = 0;
    for (; !isDone; turns++) await turn();
    await search;
    ok(turns >= query.length, `${turns} turns of others`);
  });

  const filters: [ComparisonFilter | CompoundFilter, string[]][] = [
    [{ type: 'eq', key: 'kind', value: 'letter' }, ['new.txt', 'old.txt']],
    [{ type: 'eq', key: 'draft', value: true }, ['new.txt']],
    [{ type: 'ne', key: 'kind', value: 'letter' }, ['bare.txt', 'odd.txt']],
    [{ type: 'gt', key: 'year', value: 2005 }, ['new.txt']],
    [{ type: 'gte', key: 'year', value: 2005 }, ['new.txt', 'odd.txt']],
    [{ type: 'lt', key: 'year', value: 2005 }, ['old.txt']],
    [{ type: 'lte', key: 'year', value: 2005 }, ['odd.txt', 'old.txt']],
    [{ type: 'gt', key: 'kind', value: 'manual' }, ['odd.txt']],
    [{ type: 'gt', key: 'kind', value: 1 }, []],
    [{ type: 'in', key: 'year', value: [1990, 2020] }, ['new.txt', 'old.txt']],
    [{ type: 'nin', key: 'year', value: [1990, 2020] }, ['bare.txt', 'odd.txt']],
    [
      {
        type: 'and',
        filters: [
          { type: 'eq', key: 'kind', value: 'letter' },
          {
            type: 'or',
            filters: [
              { type: 'lt', key: 'year', value: 2000 },
              { type: 'eq', key: 'year', value: 2001 },
            ],
          },
        ],
      },
      ['old.txt'],
    ],
  ];
  it('searches only files whose attributes match its filter', async () => {
    const { client } = openSearch();
    const id = await seaStore(client);
    for (const [filter, names] of filters) {
      deepEqual(await namesFound(client, id, filter), names, JSON.stringify(filter));
    }
  });

  it('rejects an invalid filter, and names the invalid part', async () => {
    const { client } = openSearch();
    const { id } = await client.vectorStores.create({});
    const bad = (filters: unknown) =>
      client.vectorStores.search(id, { query: 'x', filters: filters as ComparisonFilter });
    await refused(bad({ type: 'in', key: 'a', value: 'b' }), 400, /takes a list of values/, 'filters.value');
    await refused(bad({ type: 'eq', key: 'a', value: ['b'] }), 400, /takes a single value/, 'filters.value');
    await refused(bad({ type: 'like', key: 'a', value: 'b' }), 400, /Invalid value/, 'filters.type');
    await refused(
      bad({ type: 'or', filters: [{ type: 'eq', key: 'a' }] }),
      400,
      /Missing required|Invalid/,
      'filters.filters[0].value',
    );
    await refused(client.vectorStores.search(id, { query: '' }), 400, /too short/, 'query');
  });

  it('finds nothing in an empty store', async () => {
    const { client } = openSearch();
    const { id } = await client.vectorStores.create({});
    const found = await client.vectorStores.search(id, { query: 'anything' });
    deepEqual(found.data, []);
    match(JSON.stringify(found), /vector_store\.search_results\.page/);
  });
});
