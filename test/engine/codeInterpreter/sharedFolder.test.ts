import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderUpdate } from '../../../src/engine/tools/codeInterpreter/folderUpdate';
import { ThreadFolder } from '../../../src/engine/tools/codeInterpreter/threadFolder';
import { collect, createTutor, openEngine, says, ScriptedModel, temporaryFolder } from '../support';
import { assets, slow } from './support';

/** A window: an engine on a folder that others share, whose model runs the code that it is given. */
function openWindow(dataDir: string) {
  const model = new ScriptedModel([]);
  const { client } = openEngine({ dataDir, provider: model, tools: { codeInterpreter: { assets } } });
  const tools = [{ type: 'code_interpreter' as const }];
  return {
    client,
    /** Runs code in a thread; returns what it printed. */
    async run(threadId: string, code: string): Promise<string> {
      model.turns.push(
        [
          { type: 'tool_call', index: 0, id: 'call', name: 'code_interpreter' },
          { type: 'tool_call_arguments', index: 0, arguments: JSON.stringify({ code }) },
          { type: 'finish', reason: 'tool_calls' },
        ],
        says('Done.'),
      );
      const assistant = await createTutor(client, { tools });
      const run = await client.beta.threads.runs.createAndPoll(
        threadId,
        { assistant_id: assistant.id },
        { pollIntervalMs: 20 },
      );
      assert.equal(run.status, 'completed', run.last_error?.message);
      const steps = await collect(client.beta.threads.runs.steps.list(run.id, { thread_id: threadId }));
      const calls = steps.flatMap(({ step_details: details }) =>
        details.type === 'tool_calls' ? details.tool_calls : [],
      );
      return calls
        .flatMap((call) => (call.type === 'code_interpreter' ? call.code_interpreter.outputs : []))
        .map((output) => (output.type === 'logs' ? output.logs : ''))
        .join('');
    },
  };
}

const list = 'import os\nprint(sorted(os.listdir("/mnt/data")))';

describe('a thread whose code runs in two windows', function () {
  this.timeout(2 * slow);

  it('has in each what the other wrote, changed and deleted, and loses nothing', async () => {
    const dataDir = temporaryFolder();
    const [a, b] = [openWindow(dataDir), openWindow(dataDir)];
    const { id } = await a.client.beta.threads.create();
    await a.run(id, 'kept = 7\nopen("a.txt", "w").write("1");\nopen("both.txt", "w").write("of a");');
    await b.run(id, 'open("b.txt", "w").write("2");\nopen("both.txt", "w").write("of b");');
    const seen = await a.run(id, `print(kept, open("both.txt").read())\n${list}\nos.remove("a.txt")`);
    assert.equal(seen, "7 of b\n['a.txt', 'b.txt', 'both.txt']\n");
    assert.equal(await b.run(id, `${list}\nprint(open("both.txt").read())`), "['b.txt', 'both.txt']\nof b\n");
    assert.equal(await a.run(id, list), "['b.txt', 'both.txt']\n");
  });
});

/** What a window's Python has of a folder, and what it does to it. */
async function openPython(folder: string) {
  const files = await ThreadFolder.open(folder, (work) => work());
  let sent = new Map<string, string>();
  return {
    files,
    sync: () => void (sent = new Map(files.list().map(({ name, content }) => [name, content]))),
    async commit(written: Record<string, string>, deleted: string[] = []) {
      const names = [...sent.keys()].filter((name) => !deleted.includes(name) && !(name in written));
      const update = files.update(
        [
          ...names.map((name) => ({ name, bytes: 0, changed: false })),
          ...Object.entries(written).map(([name, text]) => ({ name, bytes: text.length, changed: true })),
        ],
        1000,
      );
      for (const [name, text] of Object.entries(written)) update.add(name, 0, Buffer.from(text));
      return files.commit(update, sent);
    },
    contents: () =>
      Object.fromEntries(files.list().map((file) => [file.name, readFileSync(files.pathOf(file), 'utf8')])),
  };
}

describe('two calls that change one folder at the same time', () => {
  it('keep what both wrote, the later one under another name', async () => {
    const folder = temporaryFolder();
    const [a, b] = [await openPython(folder), await openPython(folder)];
    await a.commit({ 'a.txt': 'old', 'gone.txt': 'old', 'same.txt': 'old' });
    a.sync();
    b.sync();
    await a.commit({ 'a.txt': 'of a', 'new.csv': 'of a', 'gone.txt': 'changed', 'same.txt': 'equal' });
    const { renamed, undeleted } = await b.commit(
      { 'a.txt': 'of b', 'new.csv': 'of b', 'NEW.csv': 'case', 'same.txt': 'equal', 'new.csv/x': 'in' },
      ['gone.txt'],
    );
    assert.deepEqual(renamed, [
      { from: 'a.txt', to: 'a (2).txt' },
      { from: 'new.csv', to: 'new (2).csv' },
      { from: 'new.csv/x', to: 'new (3).csv/x' },
    ]);
    assert.deepEqual(undeleted, ['gone.txt']);
    assert.deepEqual(a.contents(), {
      'a.txt': 'of a',
      'a (2).txt': 'of b',
      'gone.txt': 'changed',
      'new.csv': 'of a',
      'new (2).csv': 'of b',
      'new (3).csv/x': 'in',
      'same.txt': 'equal',
    });
  });

  it('leave a folder whole if one of them dies before it is done', async () => {
    const folder = temporaryFolder();
    const a = await openPython(folder);
    await a.commit({ 'a.txt': 'whole' });
    const update = a.files.update([{ name: 'a.txt', bytes: 8, changed: true }], 100);
    update.add('a.txt', 0, Buffer.from('half'));
    await update.end();
    assert.deepEqual((await openPython(folder)).contents(), { 'a.txt': 'whole' });
  });
});

describe('the folder of a thread of version 0.1', () => {
  it('keeps its files, and the changes that were made to inputs', async () => {
    const folder = temporaryFolder();
    const source = join(temporaryFolder(), 'source');
    writeFileSync(source, 'of the user');
    mkdirSync(join(folder, 'data', 'deep'), { recursive: true });
    writeFileSync(join(folder, 'data', 'deep', 'a.txt'), 'deep');
    writeFileSync(join(folder, 'data', 'input.txt'), 'changed');
    writeFileSync(join(folder, 'state.json'), JSON.stringify({ runs: 2, inputs: { 'input.txt': source } }));
    const { files, contents } = await openPython(folder);
    assert.equal(files.hasRun, true);
    await files.addInput('input.txt', source, new Set([source]), 1000);
    assert.deepEqual(contents(), { 'deep/a.txt': 'deep', 'input.txt': 'changed' });
  });
});

describe('the files that a call sends', function () {
  this.timeout(slow);

  it('are written whatever their number, with few of them open', async () => {
    const folder = temporaryFolder();
    const names = Array.from({ length: 5_000 }, (_, at) => `${at}.txt`);
    const update = new FolderUpdate(
      folder,
      names.map((name) => ({ name, bytes: 1, changed: true })),
      10_000,
    );
    for (const name of names) update.add(name, 0, Buffer.from('x'));
    assert.equal((await update.complete()).length, 5_000);
  });
});
