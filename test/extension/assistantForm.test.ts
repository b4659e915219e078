import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { AssistantsStudio } from '../../src/extension';
import type { Services } from '../../src/client/services';
import type { FormFields } from '../../src/protocol/form';
import { FormDocument } from '../../src/views/form/formDocument';
import { client, command, createTutor, extensionId, until } from './support';

/** The form in the active editor. */
function activeTab(): vscode.Tab & { input: vscode.TabInputCustom } {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  ok(tab?.input instanceof vscode.TabInputCustom, 'The active editor is no form.');
  return tab as vscode.Tab & { input: vscode.TabInputCustom };
}

const servicesOf = (form: FormDocument) => (form as unknown as { services: Services }).services;
const run = (id: string) => vscode.commands.executeCommand(id);
const save = () => run('workbench.action.files.save');

describe('the form of an assistant', () => {
  let openai: OpenAI;
  let studio: AssistantsStudio;
  let tutor: Assistant;
  let form: FormDocument;
  const files = () => vscode.workspace.getConfiguration('files');

  before(async () => {
    openai = await client();
    studio = await vscode.extensions.getExtension<AssistantsStudio>(extensionId)!.activate();
    await files().update('autoSave', 'off', vscode.ConfigurationTarget.Global);
  });

  beforeEach(async () => {
    tutor = await createTutor('Formed');
    await command('editAssistant', { assistantId: tutor.id });
    form = await until('the form is open', () => studio.forms.find(tutor.id));
    await until('the assistant is read', () => form.status.kind === 'ready');
    await until('it has the focus', () => vscode.window.tabGroups.activeTabGroup.activeTab?.isActive);
  });

  afterEach(async () => {
    await run('workbench.action.revertAndCloseActiveEditor');
    await openai.beta.assistants.delete(tutor.id).catch(() => undefined);
  });

  after(() => files().update('autoSave', undefined, vscode.ConfigurationTarget.Global));

  const stored = () => openai.beta.assistants.retrieve(tutor.id);
  const isDirty = () => activeTab().isDirty;
  const changeElsewhere = async (update: object) => {
    await openai.beta.assistants.update(tutor.id, update);
  };

  it('is one editor for each assistant, with the assistant’s name', async () => {
    equal(activeTab().label, 'Formed');
    const count = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).length;
    const before = count();
    await command('editAssistant', { assistantId: tutor.id });
    equal(count(), before);
    const other = await createTutor('Other');
    await command('editAssistant', { assistantId: other.id });
    await until('both are open', () => count() === before + 1);
    await run('workbench.action.closeActiveEditor');
    await openai.beta.assistants.delete(other.id);
  });

  it('is marked until it is saved, and stores what was changed alone', async () => {
    form.edit('description', 'Patient');
    form.edit('temperature', '0.5');
    await until('it is marked', isDirty);
    equal((await stored()).description, null);
    await save();
    await until('it is saved', () => !isDirty());
    const { description, temperature, instructions } = await stored();
    deepEqual([description, temperature, instructions], ['Patient', 0.5, tutor.instructions]);
  });

  it('undoes and redoes changes of several fields, the last one first', async () => {
    form.edit('name', 'N');
    form.edit('name', 'Na');
    form.edit('description', 'D');
    await until('it is marked', isDirty);
    await run('undo');
    await until('the description is undone', () => form.fields?.description === '');
    equal(form.fields?.name, 'Na');
    await run('undo');
    // What is typed without a pause is one change.
    await until('the name is undone', () => form.fields?.name === 'Formed');
    await until('nothing is changed', () => !isDirty());
    await run('redo');
    await until('the name is there again', () => form.fields?.name === 'Na');
    await run('workbench.action.files.revert');
    await until('all is as stored', () => form.fields?.name === 'Formed' && !isDirty());
  });

  it('saves every field as the API has it', async () => {
    const file = await openai.files.create({ file: new File(['1'], 'data.csv'), purpose: 'assistants' });
    const store = await openai.vectorStores.create({ name: 'Notes' });
    const schema = { type: 'object', properties: {} };
    form.edit('reasoning_effort', 'low');
    form.edit('top_p', '0.25');
    form.edit('code_interpreter', true);
    form.edit('code_files', [file.id]);
    form.edit('file_search', {
      isOn: true,
      max_num_results: '7',
      score_threshold: '0.5',
      ranker: 'auto',
    });
    form.edit('vector_stores', [store.id]);
    form.edit('functions', [{ name: 'look', parameters: schema }]);
    form.edit('response_format', {
      type: 'json_schema',
      name: 'answer',
      description: '',
      strict: true,
      schema: JSON.stringify(schema),
    });
    form.edit('suggestions', 'Hello\nHi');
    form.edit('metadata', [{ key: 'team', value: 'blue' }]);
    await until('it is marked', isDirty);
    await save();
    await until('it is saved', () => !isDirty());
    const { metadata, response_format, tool_resources, tools, ...rest } = await stored();
    equal((rest as { reasoning_effort?: string }).reasoning_effort, 'low');
    equal(rest.top_p, 0.25);
    deepEqual(metadata, { team: 'blue', suggestions: 'Hello\nHi' });
    deepEqual(response_format, {
      type: 'json_schema',
      json_schema: { name: 'answer', schema, strict: true },
    });
    deepEqual(tool_resources, {
      code_interpreter: { file_ids: [file.id] },
      file_search: { vector_store_ids: [store.id] },
    });
    deepEqual(tools, [
      { type: 'code_interpreter' },
      {
        type: 'file_search',
        file_search: { max_num_results: 7, ranking_options: { ranker: 'auto', score_threshold: 0.5 } },
      },
      { type: 'function', function: { name: 'look', parameters: schema } },
    ]);
    deepEqual(form.changed, []);
    await openai.files.delete(file.id);
    await openai.vectorStores.delete(store.id);
  });

  it('says in the API’s words what cannot be stored, and stores nothing then', async () => {
    form.edit('name', 'x'.repeat(257));
    form.edit('temperature', '3');
    form.edit('top_p', 'much');
    form.edit('model', '');
    form.edit('metadata', [
      { key: 'a', value: 'x'.repeat(513) },
      { key: 'a', value: '' },
      { key: '', value: '' },
    ]);
    form.edit('file_search', { isOn: true, max_num_results: '51', score_threshold: '', ranker: 'auto' });
    form.edit('response_format', {
      type: 'json_schema',
      name: '',
      description: '',
      strict: false,
      schema: '{}',
    });
    form.edit('functions', [{ name: 'not a name' }]);
    form.edit(
      'code_files',
      Array.from({ length: 21 }, (_, index) => `file_${index}`),
    );
    form.edit('suggestions', 'x'.repeat(513));
    const { errors } = form;
    const told = await openai.beta.assistants
      .update(tutor.id, { name: 'x'.repeat(257) })
      .then(() => 'It was stored.')
      .catch((error: Error) => error.message);
    ok(told.endsWith(errors['name'] ?? 'nothing'), errors['name']);
    match(errors['temperature'] ?? '', /<= 2, but got 3 instead/);
    match(errors['top_p'] ?? '', /expected a number, but got a string/);
    match(errors['model'] ?? '', /'model'/);
    match(errors['metadata.0.value'] ?? '', /maximum length 512/);
    match(errors['metadata.1.key'] ?? '', /there already/);
    match(errors['metadata.2.key'] ?? '', /Enter a key/);
    match(errors['file_search.max_num_results'] ?? '', /<= 50/);
    match(errors['response_format.name'] ?? '', /Missing required parameter/);
    match(errors['functions'] ?? '', /Invalid function name 'not a name'/);
    form.edit('code_interpreter', true);
    form.edit(
      'functions',
      Array.from({ length: 127 }, (_, index) => ({ name: `f${index}` })),
    );
    match(form.errors['functions'] ?? '', /maximum length 128, but got one with length 129/);
    match(errors['code_files'] ?? '', /maximum length 20/);
    match(errors['suggestions'] ?? '', /maximum length 512/);
    form.edit('response_format', { ...form.fields!.response_format, name: 'a', schema: '{"a":' });
    match(form.errors['response_format.schema'] ?? '', /not valid JSON/);
    await rejects(form.save(), /string too long/);
    match(form.saveError ?? '', /string too long/);
    equal((await stored()).name, 'Formed');
  });

  it('takes over what is changed elsewhere in fields that are not changed here', async () => {
    form.edit('name', 'Mine');
    await changeElsewhere({ instructions: 'Be kind.', description: 'Theirs' });
    await until('it is taken over', () => form.fields?.instructions === 'Be kind.');
    deepEqual(form.conflicts, {});
    form.edit('description', 'Mine');
    await save();
    await until('it is saved', () => !isDirty());
    const { name, instructions, description } = await stored();
    deepEqual([name, instructions, description], ['Mine', 'Be kind.', 'Mine']);
  });

  it('shows a field that was changed here and elsewhere, and overwrites nothing unseen', async () => {
    form.edit('name', 'Mine');
    form.edit('description', 'Mine');
    await changeElsewhere({ name: 'Theirs', description: 'Theirs' });
    await until('the conflicts are shown', () => Object.keys(form.conflicts).length === 2);
    deepEqual(form.conflicts, { name: 'Theirs', description: 'Theirs' });
    await rejects(form.save(), /changed here and elsewhere/);
    equal((await stored()).name, 'Theirs');

    form.decide('name', true);
    form.decide('description', false);
    deepEqual(form.conflicts, {});
    await save();
    await until('it is saved', () => !isDirty());
    const { name, description } = await stored();
    deepEqual([name, description], ['Mine', 'Theirs']);
  });

  it('finds a conflict while it is saved, if nothing has told it before', async () => {
    form.edit('name', 'Mine');
    // Another program, of which this window hears nothing.
    const body = JSON.stringify({ name: 'Theirs' });
    const headers = { 'content-type': 'application/json' };
    const { service } = servicesOf(form);
    await service.fetch(`http://engine/v1/assistants/${tutor.id}`, { method: 'POST', body, headers });
    deepEqual(form.conflicts, {});
    await rejects(form.save(), /changed here and elsewhere/);
    deepEqual(form.conflicts, { name: 'Theirs' });
    equal((await stored()).name, 'Theirs');
  });

  it('is saved by itself where the setting says so', async () => {
    await files().update('autoSaveDelay', 100, vscode.ConfigurationTarget.Global);
    await files().update('autoSave', 'afterDelay', vscode.ConfigurationTarget.Global);
    try {
      form.edit('description', 'By itself');
      await until('it is stored', async () => (await stored()).description === 'By itself');
      await until('it is not marked', () => !isDirty());
    } finally {
      await files().update('autoSave', 'off', vscode.ConfigurationTarget.Global);
      await files().update('autoSaveDelay', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('keeps what is typed while it is being saved', async () => {
    form.edit('name', 'First');
    await until('it is marked', isDirty);
    const typing = servicesOf(form).changes.onDidChange(() => {
      typing.dispose();
      form.edit('name', 'Second');
    });
    await save();
    await until('it is stored', async () => (await stored()).name === 'First');
    await until('it is marked again', isDirty);
    equal(form.fields?.name, 'Second');
    deepEqual(form.conflicts, {});
    await save();
    await until('it is stored', async () => (await stored()).name === 'Second');
  });

  it('leaves what is typed as it is written when it is saved', async () => {
    const schema = '{"type":"object"}';
    const format = { type: 'json_schema', name: 'a', description: '', strict: false, schema } as const;
    form.edit('temperature', '0.');
    form.edit('response_format', format);
    const metadata = ['b', '2'].map((key) => ({ key, value: '' }));
    form.edit('metadata', metadata);
    await save();
    await until('it is stored', async () => (await stored()).temperature === 0);
    await form.read();
    deepEqual(form.changed, []);
    deepEqual([form.fields?.temperature, form.fields?.response_format], ['0.', format]);
    deepEqual(form.fields?.metadata, metadata);
    await changeElsewhere({ temperature: 1.5 });
    await until('the change is shown', () => form.fields?.temperature === '1.5');
  });

  it('is tried with the tools that are valid, beside one that is not', () => {
    form.edit('file_search', { isOn: true, max_num_results: 'many', score_threshold: '', ranker: 'auto' });
    form.edit('code_interpreter', true);
    deepEqual(form.draft?.tools, [{ type: 'code_interpreter' }]);
  });

  it('says that its assistant was deleted, and loses nothing', async () => {
    form.edit('description', 'Not lost');
    await openai.beta.assistants.delete(tutor.id);
    await until('it is said', () => form.status.kind === 'deleted');
    deepEqual(form.status, { kind: 'deleted', canCreate: true });
    await rejects(form.save(), /cannot be saved/);
    equal(form.draft?.description, 'Not lost');
  });

  it('has its unsaved changes again after the next start', async () => {
    form.edit('name', 'Unsaved');
    const backup = JSON.parse(JSON.stringify(form.backup())) as unknown;
    const again = new FormDocument(form.uri, tutor.id, 'embedded', servicesOf(form));
    again.restore({ base: {}, mine: 'nonsense' });
    equal(again.fields, undefined);
    again.restore(backup);
    await changeElsewhere({ description: 'Meanwhile' });
    await again.read();
    const { name, description } = (again.fields as FormFields | undefined) ?? {};
    deepEqual([name, description], ['Unsaved', 'Meanwhile']);
    deepEqual(again.changed, ['name']);
    again.dispose();
  });

  it('is duplicated', async () => {
    const copy = await command<Assistant>('duplicateAssistant', { assistantId: tutor.id });
    deepEqual([copy.name, copy.instructions], ['Formed copy', tutor.instructions]);
    await until('its form is open', () => studio.forms.find(copy.id));
    await run('workbench.action.closeActiveEditor');
    await openai.beta.assistants.delete(copy.id);
  });
});

describe('an assistant that is created by its name', () => {
  it('has the model used last, and opens in its form', async () => {
    const openai = await client();
    const studio = await vscode.extensions.getExtension<AssistantsStudio>(extensionId)!.activate();
    const used = await command<Assistant>('createAssistant', { name: 'Used', model: 'demo/other' });
    const { id, model } = await command<Assistant>('newAssistant', { name: 'Named' });
    equal(model, 'demo/other');
    await until('its form is open', () => studio.forms.find(id));
    await run('workbench.action.closeActiveEditor');
    await openai.beta.assistants.delete(id);
    await openai.beta.assistants.delete(used.id);
  });
});

describe('the schema of an assistant’s answers', () => {
  it('is edited as a document that VS Code completes and checks, and stored when that is saved', async () => {
    const { assistants } = (await client()).beta;
    const { id } = await createTutor('Schemed');
    await command('editResponseSchema', { assistantId: id });
    const { document } = await until('it is open', () => vscode.window.activeTextEditor);
    equal(document.languageId, 'json');
    match(document.uri.path, /\/assistant-response-schema\/Response Schema of Schemed\.json$/);
    const write = async (text: string) => {
      const edit = new vscode.WorkspaceEdit();
      edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
      await vscode.workspace.applyEdit(edit);
    };
    await write('{"type": "object"');
    equal(await document.save(), false);
    await write('{"type": "object", "properties": {"answer": {"type": "string"}}}');
    ok(await document.save());
    deepEqual((await assistants.retrieve(id)).response_format, {
      type: 'json_schema',
      json_schema: {
        name: 'answer',
        schema: { type: 'object', properties: { answer: { type: 'string' } } },
      },
    });
    await run('workbench.action.closeActiveEditor');
    await assistants.delete(id);
  });
});

describe('the list of an assistant’s fields in the palette', () => {
  const { createInputBox, createQuickPick } = vscode.window;
  const boxes: vscode.InputBox[] = [];
  const picks: vscode.QuickPick<vscode.QuickPickItem>[] = [];

  before(() => {
    const kept = <T>(list: T[], input: T): T => {
      list.push(input);
      return input;
    };
    Object.assign(vscode.window, {
      createInputBox: () => kept(boxes, createInputBox()),
      createQuickPick: () => kept(picks, createQuickPick()),
    });
  });

  after(() => Object.assign(vscode.window, { createInputBox, createQuickPick }));

  const accept = () => run('workbench.action.acceptSelectedQuickOpenItem');

  it('has every field of the API, and opens again after each change', async () => {
    const { assistants } = (await client()).beta;
    const { id } = await assistants.create({ name: 'Listed', model: 'gone/model' });
    const asked = command<Assistant>('editAssistantField', { assistantId: id });
    const list = async (number: number) => {
      const pick = await until('the list is open', () => picks[number]);
      await until('it has its items', () => pick.items.some(({ label }) => label === 'Metadata'));
      return pick;
    };
    const choose = async (pick: vscode.QuickPick<vscode.QuickPickItem>, label: string) => {
      pick.value = label;
      await until('it is on screen', () => pick.activeItems[0]?.label === label);
      await accept();
    };
    const first = await list(0);
    const labels = first.items.map(({ label }) => label).filter(Boolean);
    deepEqual(labels, [
      'Name',
      'Description',
      'Instructions',
      'Model',
      'Reasoning Effort',
      'Temperature',
      'Top P',
      'Response Format',
      'Tools',
      'Functions',
      'Add Function…',
      'Files for Code Interpreter',
      'Vector Store',
      'Suggested First Messages',
      'Metadata',
    ]);
    await choose(first, 'Temperature');
    const temperature = await until('it is asked', () => boxes[0]);
    temperature.value = '3';
    await accept();
    match(temperature.validationMessage as string, /<= 2, but got 3/);
    temperature.value = '0.5';
    await accept();

    await choose(await list(1), 'Suggested First Messages');
    (await until('they are asked', () => boxes[1])).value = 'Hello | Hi';
    await accept();

    await choose(await list(2), 'Metadata');
    const keys = await until('the key is asked', () => picks[3]);
    await until('there is a way to add one', () => keys.activeItems[0]?.label === '$(add) Add Key');
    await accept();
    (await until('its name is asked', () => boxes[2])).value = 'team';
    await accept();
    (await until('its value is asked', () => boxes[3])).value = 'blue';
    await accept();

    await choose(await list(4), 'Response Format');
    const format = await until('the format is asked', () => picks[5]);
    await until('the formats are listed', () => format.items.some(({ label }) => label === 'JSON'));
    await choose(format, 'JSON');
    (await list(6)).hide();
    const { temperature: stored, metadata, response_format } = await asked;
    deepEqual(
      [stored, metadata, response_format],
      [0.5, { suggestions: 'Hello\nHi', team: 'blue' }, { type: 'json_object' }],
    );
    await assistants.delete(id);
  });
});
