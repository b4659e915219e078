import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NotFoundError, toFile } from 'openai';
import { assets, slow } from '../codeInterpreter/support';
import { createTutor, executeSql, openEngine, until } from '../support';
import { folderOf } from '../versions/support';
import { passages, search, threadOf } from './support';

describe('the search of all threads', () => {
  it('finds a message by all of its words, in any order, as soon as it is written', async () => {
    const { client } = openEngine();
    const thread = await threadOf(client, 'How do I solve a quadratic equation?', 'Something else.');
    await threadOf(client, 'A quadratic form is not an equation… is it a form?', 'quadratic alone');
    const { data, complete } = await search(client, 'equation solve');
    assert.deepEqual(
      data.map((one) => one.thread.id),
      [thread.id],
    );
    const [message] = (await client.beta.threads.messages.list(thread.id, { order: 'asc' })).data;
    assert.equal(data[0]?.message_id, message?.id);
    assert.equal(data[0]?.role, 'user');
    assert.equal(data[0]?.found_in, 'message');
    assert.equal(complete, true);
  });

  it('finds the last word before it is typed to its end, and the others whole', async () => {
    const { client } = openEngine();
    await threadOf(client, 'The derivative of a polynomial');
    assert.deepEqual(await passages(client, 'deri'), ['The [deri]vative of a polynomial']);
    assert.deepEqual(await passages(client, 'derivative poly'), ['The [derivative] of a [poly]nomial']);
    assert.deepEqual(await passages(client, 'deri polynomial'), []);
    assert.deepEqual(await passages(client, 'deri '), []);
    assert.deepEqual(await passages(client, 'p'), ['The derivative of a [p]olynomial']);
  });

  it('takes words in quotes as a phrase, also before the second quote', async () => {
    const { client } = openEngine();
    await threadOf(client, 'the red green blue', 'green and red');
    assert.deepEqual(await passages(client, '"red green"'), ['the [red] [green] blue']);
    assert.deepEqual(await passages(client, '“red gre'), ['the [red] [gre]en blue']);
    assert.deepEqual(await passages(client, '"green red"'), []);
    assert.deepEqual(await passages(client, 'green "and red"'), ['[green] [and] [red]']);
  });

  it('finds Chinese and Japanese text, in either form of its characters', async () => {
    const { client } = openEngine();
    await threadOf(
      client,
      '请问怎么解二次方程？',
      '資料庫的索引怎麼建立',
      'データベースの索引を作成する方法',
    );
    assert.deepEqual(await passages(client, '二次方程'), ['请问怎么解[二次方程]？']);
    assert.deepEqual(await passages(client, '方'), [
      'データベースの索引を作成する[方]法',
      '请问怎么解二次[方]程？',
    ]);
    assert.deepEqual(await passages(client, '资料库'), ['[資料庫]的索引怎麼建立']);
    assert.deepEqual(await passages(client, 'データベース'), ['[データベース]の索引を作成する方法']);
    assert.deepEqual(await passages(client, '方程二次'), []);
  });

  it('finds names of code by their parts, and in another way of writing', async () => {
    const { client } = openEngine();
    await threadOf(client, 'Call `getUserName(id)` first', 'and MAX_RETRY_COUNT = 3', 'Größe in Zoll, café');
    assert.deepEqual(await passages(client, 'user'), ['Call `get[User]Name(id)` first']);
    assert.deepEqual(await passages(client, 'get_user_name'), ['Call `[getUserName](id)` first']);
    assert.deepEqual(await passages(client, 'retry'), ['and MAX_[RETRY]_COUNT = 3']);
    await threadOf(client, 'new HTTPServer()');
    assert.deepEqual(await passages(client, 'http server'), ['new [HTTP][Server]()']);
    assert.deepEqual(await passages(client, 'GROESSE'), []);
    assert.deepEqual(await passages(client, 'grösse'), ['[Größe] in Zoll, café']);
    assert.deepEqual(await passages(client, 'CAFE'), ['Größe in Zoll, [café]']);
  });

  it('marks words of every script, and names that stand in a text without spaces', async () => {
    const { client } = openEngine();
    await threadOf(client, 'यह हिन्दी है', 'தமிழ் எழுத்து', '请用getUserName方法', 'ze\u200bro and so\u00adft');
    assert.deepEqual(await passages(client, 'हिन्दी'), ['यह [हिन्दी] है']);
    assert.deepEqual(await passages(client, 'எழுத்து'), ['தமிழ் [எழுத்து]']);
    assert.deepEqual(await passages(client, 'getUserName'), ['请用[getUserName]方法']);
    assert.deepEqual(await passages(client, '方法'), ['请用getUserName[方法]']);
    assert.deepEqual(await passages(client, 'soft zero'), ['[ze\u200bro] and [so\u00adft]']);
  });

  it('finds names behind the escapes of source text, and long words of rare characters', async () => {
    const { client } = openEngine();
    const gothic = '𐌰'.repeat(40);
    await threadOf(client, String.raw`{"log":"failed\nget_user_name\tNode.js"}`, gothic);
    assert.equal((await search(client, 'get_user_name ')).data.length, 1);
    assert.equal((await search(client, '"Node.js"')).data.length, 1);
    assert.equal((await search(client, gothic)).data.length, 1);
  });

  it('takes nothing in a query as syntax', async () => {
    const { client } = openEngine();
    await threadOf(client, 'NOT a NEAR miss OR hit AND run');
    for (const query of [
      '',
      '   ',
      '""',
      '*',
      '- ( ) ^ :',
      "'; DROP TABLE messages; --",
      '\u0000',
      '"',
      '""""',
    ])
      assert.deepEqual(await passages(client, query), [], query);
    assert.deepEqual(await passages(client, 'NOT near OR'), ['[NOT] a [NEAR] miss [OR] hit AND run']);
    assert.equal((await search(client, `run ${'"a" (b '.repeat(5000)}`)).data.length, 0);
  });

  it('finds titles first, then messages from the newest on, page by page', async () => {
    const { client } = openEngine();
    const threads = [];
    for (const number of [1, 2, 3]) {
      threads.push(await threadOf(client, `apple ${number}`));
      await client.beta.threads.update(threads.at(-1)!.id, { metadata: { title: `Apple pie ${number}` } });
    }
    const all = await search(client, 'apple');
    assert.deepEqual(
      all.data.map(({ found_in, passage }) => [found_in, passage.text]),
      [
        ['title', 'Apple pie 3'],
        ['title', 'Apple pie 2'],
        ['title', 'Apple pie 1'],
        ['message', 'apple 3'],
        ['message', 'apple 2'],
        ['message', 'apple 1'],
      ],
    );
    const paged: string[] = [];
    let after = '';
    for (let more = true; more;) {
      const page = await search(client, 'apple', { limit: 2, after });
      assert.equal(page.data.length, 2);
      paged.push(...page.data.map(({ id }) => id));
      after = page.last_id ?? '';
      more = page.has_more;
    }
    assert.deepEqual(
      paged,
      all.data.map(({ id }) => id),
    );
    const titles = await search(client, 'pie', { in: 'titles' });
    assert.deepEqual(
      titles.data.map(({ thread }) => thread.id),
      threads.map(({ id }) => id).reverse(),
    );
    await assert.rejects(search(client, 'apple', { after: 'msg_none' }), NotFoundError);
  });

  it('follows a new title, a deleted message and a deleted thread', async () => {
    const { client } = openEngine();
    const thread = await threadOf(client, 'the first cherry', 'the second cherry');
    await client.beta.threads.update(thread.id, { metadata: { title: 'Cherries' } });
    assert.equal((await search(client, 'cherr')).data.length, 3);
    await client.beta.threads.update(thread.id, { metadata: { title: 'Plums' } });
    assert.equal((await search(client, 'cherr')).data.length, 2);
    const [newest] = (await client.beta.threads.messages.list(thread.id)).data;
    await client.beta.threads.messages.delete(newest!.id, { thread_id: thread.id });
    assert.deepEqual(await passages(client, 'cherr'), ['the first [cherr]y']);
    await client.beta.threads.delete(thread.id);
    assert.deepEqual(await passages(client, 'cherr'), []);
    assert.deepEqual(await passages(client, 'plums'), []);
  });

  it('finds an answer once it is complete, and the names of attached files', async () => {
    const { client } = openEngine();
    const tutor = await createTutor(client);
    const file = await client.files.create({
      file: await toFile(Buffer.from('x'), 'Quarterly-Report.csv'),
      purpose: 'assistants',
    });
    const thread = await client.beta.threads.create({
      messages: [
        {
          role: 'user',
          content: 'Solve 3x + 11 = 14',
          attachments: [{ file_id: file.id, tools: [{ type: 'code_interpreter' }] }],
        },
      ],
    });
    await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: tutor.id });
    const [answer] = (await client.beta.threads.messages.list(thread.id)).data;
    const text = answer?.content[0]?.type === 'text' ? answer.content[0].text.value : '';
    const word = /\p{L}{5,}/u.exec(text)![0];
    const { data } = await search(client, word);
    assert.ok(
      data.some(({ message_id }) => message_id === answer?.id),
      word,
    );
    const [found] = (await search(client, 'quarterly rep')).data;
    assert.equal(found?.found_in, 'file');
    assert.equal(found?.passage.text, 'Quarterly-Report.csv');
  });

  it('finds a message that branches share once, and what is left of an edited conversation', async () => {
    const { client } = openEngine();
    const thread = await threadOf(client, 'shared strawberry', 'the old raspberry');
    const [old] = (await client.beta.threads.messages.list(thread.id)).data;
    const branch: { id: string } = await client.post(`/threads/${thread.id}/fork`, {
      body: { before: old?.id, branch: true },
    });
    await client.beta.threads.messages.create(branch.id, { role: 'user', content: 'the new raspberry' });
    const shared = await search(client, 'strawberry');
    assert.deepEqual(
      shared.data.map((one) => one.thread.id),
      [branch.id],
    );
    assert.deepEqual(await passages(client, 'raspberry'), ['the new [raspberry]', 'the old [raspberry]']);
    await client.beta.threads.delete(branch.id);
    assert.equal((await search(client, 'strawberry')).data[0]?.thread.id, thread.id);
    const other: { id: string } = await client.post(`/threads/${thread.id}/fork`, { body: {} });
    assert.equal((await search(client, 'strawberry')).data.length, 2, `${other.id} is another conversation`);
  });

  it('shows the beginning of a message that is one long run of characters', async () => {
    const { client } = openEngine();
    const text = '二次方程'.repeat(60_000);
    await threadOf(client, text);
    assert.deepEqual(await passages(client, '二次方程二次方程'), [`[${text.slice(0, 200)}]…`]);
  });

  it('shows the passage of a long message in which most words are near, in code points', async () => {
    const { client } = openEngine();
    const filler = 'lorem ipsum 😀 dolor '.repeat(400);
    await threadOf(client, `${filler}needle alone. ${filler}the 😀 needle in the haystack.\n${filler}`);
    const [found] = await passages(client, 'haystack needle');
    assert.match(found ?? '', /the 😀 \[needle\] in the \[haystack\]\. lorem/);
    assert.ok((found?.length ?? 0) < 260, found);
  });

  it('answers 400 to a limit or an order that it does not know', async () => {
    const { client } = openEngine();
    await assert.rejects(search(client, 'a', { limit: 1000 }), /limit/);
    await assert.rejects(search(client, 'a', { in: 'files' }), /'in'/);
    await assert.rejects(client.get('/threads', { query: { sort: 'title' } }), /'sort'/);
  });

  it('indexes a database of an earlier version in the background', async () => {
    const dataDir = folderOf(1);
    const { client } = openEngine({ dataDir, tickInterval: 20 });
    assert.deepEqual(await passages(client, '因为'), ['x = 1, [因为] 3x = 3. 🎉']);
    assert.deepEqual(await passages(client, 'qui'), ['Another [qui]z', 'Make a [qui]z']);
    // Its engine died; the next one ends its run, and then it is found.
    await until('half an answer is found', async () => (await search(client, '"half an answer"')).data[0]);
  });

  it('indexes without a search, and what another engine did not come to', async () => {
    const first = openEngine();
    await threadOf(first.client, 'left behind');
    await first.engine.close();
    executeSql(first.dataDir, 'INSERT OR IGNORE INTO thread_words_queue SELECT seq FROM messages');
    openEngine({ dataDir: first.dataDir, tickInterval: 20 });
    const db = new DatabaseSync(join(first.dataDir, 'assistants.db'), { readOnly: true });
    try {
      await until(
        'the queue is empty',
        () => db.prepare('SELECT count(*) AS count FROM thread_words_queue').get()?.['count'] === 0,
      );
      const found = db.prepare(`SELECT count(*) AS count FROM thread_words('behind')`).get();
      assert.equal(found?.['count'], 1);
    } finally {
      db.close();
    }
  });
});

describe('the search of all threads by code', function () {
  this.timeout(slow);

  it('finds what was computed', async () => {
    const { client } = openEngine({ tools: { codeInterpreter: { assets } } });
    const tutor = await createTutor(client, { tools: [{ type: 'code_interpreter' }] });
    const thread = await threadOf(client, 'Compute the first 12 Fibonacci numbers with code');
    await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: tutor.id });
    const [found] = (await search(client, 'append print len')).data;
    assert.equal(found?.found_in, 'code');
    assert.equal(found.role, 'assistant');
    assert.ok((await search(client, '"34, 55, 89"')).data.length > 0);
  });
});
