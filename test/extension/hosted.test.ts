import { deepEqual, equal, match } from 'node:assert/strict';
import { toFile } from 'openai';
import * as vscode from 'vscode';
import { completed, HostedProvider, text } from '../engine/hostedProvider';
import { ask, client, command, newThread, until } from './support';

const settings = () => vscode.workspace.getConfiguration('assistantsStudio');
const set = (name: string, value: unknown) =>
  settings().update(name, value, vscode.ConfigurationTarget.Global);

describe('the tools of a provider', () => {
  afterEach(async () => {
    await set('fileSearch', undefined);
    await set('connections', undefined);
  });

  it('receive files only if the setting says so', async () => {
    const remote = await new HostedProvider().open();
    await set('connections', [{ id: 'far', kind: 'responses', label: 'Far', baseUrl: remote.baseURL }]);
    const openai = await client();
    const file = await openai.files.create({
      file: await toFile(Buffer.from('The tide turns twice a day.'), 'sea.txt'),
      purpose: 'assistants',
    });
    const store = await openai.vectorStores.create({ file_ids: [file.id] });
    await until(
      'it is read',
      async () => (await openai.vectorStores.retrieve(store.id)).status === 'completed',
    );
    const { id } = await command<{ id: string }>('createAssistant', { name: 'Far', model: 'far/large' });
    await openai.beta.assistants.update(id, {
      tools: [{ type: 'file_search' }],
      tool_resources: { file_search: { vector_store_ids: [store.id] } },
    });
    const thread = await newThread('The sea');

    remote.turns.push([...text(0, 'I do not know.'), completed()]);
    equal((await ask(thread.id, id, 'How often does the tide turn?')).status, 'completed');
    deepEqual(remote.changes(), []);

    await set('fileSearch', 'hosted');
    remote.turns.push([...text(0, 'Twice.'), completed()]);
    equal((await ask(thread.id, id, 'And now?')).status, 'completed');
    equal(remote.asked('POST /files')[0]?.upload?.name, 'sea.txt');
    match(
      JSON.stringify(remote.asked('POST /responses')[1]?.json['tools']),
      /"vector_store_ids":\["vs_remote/,
    );
  });
});
