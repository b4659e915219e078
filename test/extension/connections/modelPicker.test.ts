import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Assistant } from 'openai/resources/beta/assistants';
import type * as vscode from 'vscode';
import { client, command, createTutor, until } from '../support';
import { accept, FakeServer, groupsOf, labelsOf, modelList, watchInputs } from './support';

type Pick = vscode.QuickPick<vscode.QuickPickItem>;

describe('the list of models', () => {
  let inputs: ReturnType<typeof watchInputs>;
  let one: FakeServer;
  let two: FakeServer;
  let assistant: Assistant;

  before(async () => {
    one = await FakeServer.start(() => modelList('small', 'large'));
    two = await FakeServer.start(() => modelList('small', 'org/huge'));
    await command('addConnection', { id: 'one', label: 'First Server', baseUrl: one.baseUrl });
    await command('addConnection', { id: 'two', label: 'Second Server', baseUrl: two.baseUrl });
    assistant = await createTutor('Choosy');
  });

  after(async () => {
    await (await client()).beta.assistants.delete(assistant.id);
    for (const connectionId of ['one', 'two'])
      await command('removeConnection', { connectionId, confirm: false });
    await one.stop();
    await two.stop();
  });

  beforeEach(() => {
    one.reply = () => modelList('small', 'large');
    two.reply = () => modelList('small', 'org/huge');
    inputs = watchInputs();
  });

  afterEach(() => inputs.release());

  /** Opens the list for the assistant's model. */
  async function open(): Promise<{ pick: Pick; done: Promise<Assistant> }> {
    const done = command<Assistant>('editAssistant', { assistantId: assistant.id, field: 'model' });
    const pick = await until('the list is there', () => inputs.picks.at(-1));
    return { pick, done };
  }

  const complete = (pick: Pick) =>
    until(
      'the list is complete',
      () => !pick.busy && !labelsOf(pick).some((label) => label.includes('Asking')),
    );
  const active = (pick: Pick) => pick.activeItems[0]?.label;

  it('has the name of each connection once, above its models', async () => {
    const { pick } = await open();
    await complete(pick);
    deepEqual(groupsOf(pick).slice(0, 2), ['First Server', 'Second Server']);
    deepEqual(labelsOf(pick).slice(0, 4), ['small', 'large', 'small', 'org/huge']);
    const text = JSON.stringify(
      pick.items.map(({ label, description, detail }) => [label, description, detail]),
    );
    equal(text.split('First Server').length, 2, text);
  });

  it('is filtered by typing, and Enter takes the first match', async () => {
    const { pick, done } = await open();
    await complete(pick);
    pick.value = 'huge';
    await until('the match has the focus', () => active(pick) === 'two/org/huge');
    await accept();
    equal((await done).model, 'two/org/huge');
  });

  it('tells models of the same id apart while one types', async () => {
    const { pick, done } = await open();
    await complete(pick);
    pick.value = 'two/small';
    await until('the match has the focus', () => active(pick) === 'two/small');
    await accept();
    equal((await done).model, 'two/small');
  });

  it('uses a typed id last, and names the connection that it goes to', async () => {
    const { pick, done } = await open();
    await complete(pick);
    pick.value = 'lar';
    await until('the match has the focus', () => active(pick) === 'one/large');
    const shown = pick.items.map(({ description }) => description);
    deepEqual(shown.slice(-2), ['Use the ID “lar” with First Server', 'Use the ID “lar” with Second Server']);
    pick.value = 'two/secret-preview';
    await until('it can be used', () => pick.activeItems[0]?.description?.includes('Second Server'));
    equal(pick.activeItems[0]?.description, 'Use the ID “two/secret-preview” with Second Server');
    await accept();
    equal((await done).model, 'two/secret-preview');
  });

  it('sends an id of no connection to the default one', async () => {
    const { pick, done } = await open();
    await complete(pick);
    pick.value = 'meta/secret';
    await until('it can be used', () => pick.activeItems[0]?.description?.includes('First Server'));
    await accept();
    equal((await done).model, 'one/meta/secret');
  });

  it('is not held up by a connection that does not answer', async () => {
    let answer: (value?: unknown) => void = () => undefined;
    const delay = new Promise((resolve) => (answer = resolve));
    one.reply = () => ({ ...modelList('late')!, delay });
    const { pick, done } = await open();
    await until('the other models are there', () => labelsOf(pick).includes('org/huge'));
    ok(pick.busy);
    ok(labelsOf(pick).some((label) => label.includes('Asking for models…')));
    pick.value = 'two/org';
    await until('the match has the focus', () => active(pick) === 'two/org/huge');
    answer();
    await until('the late one is there', () => labelsOf(pick).includes('one/late'));
    await until('the focus has stayed', () => active(pick) === 'two/org/huge');
    await accept();
    equal((await done).model, 'two/org/huge');
  });

  it('shows a connection that fails as such, and tries it again', async () => {
    one.reply = () => ({ status: 503, body: { error: { message: 'Down for lunch.' } } });
    const { pick, done } = await open();
    await complete(pick);
    const failed = pick.items.find(({ label }) => label.includes('Try Again'));
    match(failed?.detail ?? '', /First Server .* answered 503: Down for lunch\./);
    one.reply = () => modelList('back');
    pick.value = 'Try Again';
    await until('it has the focus', () => active(pick)?.endsWith('Try Again'));
    await accept();
    pick.value = '';
    await until('its models are there', () => labelsOf(pick).includes('back'));
    equal(
      pick.items.find(({ label }) => label.includes('Try Again')),
      undefined,
    );
    pick.value = 'one/back';
    await until('the match has the focus', () => active(pick) === 'one/back');
    await accept();
    equal((await done).model, 'one/back');
  });

  it('has the focus on the model that is set', async () => {
    await (await client()).beta.assistants.update(assistant.id, { model: 'two/small' });
    const { pick, done } = await open();
    // What VS Code reports, not what was asked of it.
    let focused: string | undefined;
    pick.onDidChangeActive(([item]) => (focused = (item as { value?: string } | undefined)?.value));
    await complete(pick);
    await until('it has the focus', () => focused === 'two/small');
    await accept();
    equal((await done).model, 'two/small');
  });

  for (const [server, body, ids] of [
    [
      'OpenRouter',
      { data: [{ id: 'anthropic/claude', name: 'Anthropic: Claude', pricing: { prompt: '0.1' } }] },
      ['anthropic/claude'],
    ],
    [
      'LM Studio',
      { object: 'list', data: [{ id: 'qwen@q4', object: 'model', owned_by: 'organization_owner' }] },
      ['qwen@q4'],
    ],
    [
      'Azure',
      {
        data: [
          { id: 'gpt-x', object: 'model', status: 'succeeded', capabilities: { chat_completion: true } },
        ],
      },
      ['gpt-x'],
    ],
    [
      'Anthropic',
      { data: [{ type: 'model', id: 'claude-x', display_name: 'Claude X' }], has_more: false },
      ['claude-x'],
    ],
    ['Together', [{ id: 'meta/llama', type: 'chat' }], ['meta/llama']],
    ['Ollama', { models: [{ name: 'qwen3:4b', model: 'qwen3:4b' }] }, ['qwen3:4b']],
  ] as const) {
    it(`reads the list of ${server}`, async () => {
      one.reply = () => ({ body });
      const { pick } = await open();
      await complete(pick);
      deepEqual(labelsOf(pick).slice(0, ids.length), [...ids]);
    });
  }
});
