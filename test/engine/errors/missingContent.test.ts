import assert from 'node:assert/strict';
import { rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { FileObject } from 'openai/resources/files';
import { openSearch, upload, whenRead } from '../fileSearchSupport';
import { openHosted } from '../hostedProvider';
import { createTutor, openEngine, refused, says, ScriptedModel, type TestEngine } from '../support';

const harms: [string, RegExp, (path: string) => void][] = [
  ['missing', / is missing in the data folder/, (path) => rmSync(path)],
  ['too short', / has 2 bytes instead of 5 in the data folder/, (path) => truncateSync(path, 2)],
];

for (const [how, message, harm] of harms) {
  describe(`a file whose stored content is ${how}`, () => {
    async function harmed(
      { client, dataDir }: Pick<TestEngine, 'client' | 'dataDir'>,
      name: string,
    ): Promise<FileObject> {
      const file = await upload(client, name, 'words');
      harm(join(dataDir, 'files', file.id));
      return file;
    }

    it('is not sent, and the error says so', async () => {
      const engine = openEngine();
      const file = await harmed(engine, 'notes.txt');
      await refused(engine.client.files.content(file.id), 500, message);
      await refused(engine.client.files.content(file.id), 500, /^500 The content of the file 'notes\.txt'/);
      // It can still be deleted.
      assert.equal((await engine.client.files.delete(file.id)).deleted, true);
    });

    it('and that is an image fails the run that would send it to the model', async () => {
      const model = new ScriptedModel([says('A dot.')]);
      const engine = openEngine({ provider: model });
      const { client } = engine;
      const file = await harmed(engine, 'dot.png');
      const image = { type: 'image_file' as const, image_file: { file_id: file.id } };
      const run = await client.beta.threads.createAndRunPoll({
        assistant_id: (await createTutor(client)).id,
        thread: { messages: [{ role: 'user', content: [image] }] },
      });
      assert.equal(run.status, 'failed');
      assert.match(run.last_error?.message ?? '', message);
      assert.equal(model.requests.length, 0);
    });

    it('cannot be read for search, and its error says so', async () => {
      const engine = openSearch();
      const { client } = engine;
      const file = await harmed(engine, 'notes.txt');
      const { id } = await client.vectorStores.create({ file_ids: [file.id] });
      await whenRead(client, id);
      const { status, last_error } = await client.vectorStores.files.retrieve(file.id, {
        vector_store_id: id,
      });
      assert.equal(status, 'failed');
      assert.match(last_error?.message ?? '', message);
    });

    it('is not copied to a provider, and the run says so', async () => {
      const engine = await openHosted();
      const { client, remote } = engine;
      const file = await harmed(engine, 'table.csv');
      const assistant = await createTutor(client, {
        tools: [{ type: 'code_interpreter' }],
        tool_resources: { code_interpreter: { file_ids: [file.id] } },
      });
      const run = await client.beta.threads.createAndRunPoll({
        assistant_id: assistant.id,
        thread: { messages: [{ role: 'user', content: 'Sum it.' }] },
      });
      assert.equal(run.status, 'failed');
      assert.match(run.last_error?.message ?? '', message);
      assert.equal(remote.files.size, 0);
    });
  });
}
