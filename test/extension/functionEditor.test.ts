import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Assistant, AssistantTool } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { quizFunction } from '../../src/functions/tools/quiz';
import { client, command, createTutor, until } from './support';

const weather = {
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

describe('the editor of functions', () => {
  let tutor: Assistant;

  beforeEach(async () => {
    tutor = await createTutor('Tutor of Functions');
    await (
      await client()
    ).beta.assistants.update(tutor.id, {
      tools: [{ type: 'code_interpreter' }, { type: 'function', function: weather }],
    });
  });

  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  const tools = async (): Promise<AssistantTool[]> =>
    (await (await client()).beta.assistants.retrieve(tutor.id)).tools;

  const functions = async () =>
    (await tools()).flatMap((tool) => (tool.type === 'function' ? [tool.function] : []));

  const open = async (): Promise<vscode.TextEditor> => {
    await command('editFunctions', { assistantId: tutor.id });
    return vscode.window.activeTextEditor!;
  };

  const write = async (editor: vscode.TextEditor, text: string): Promise<void> => {
    const { document } = editor;
    const everything = new vscode.Range(
      document.positionAt(0),
      document.positionAt(document.getText().length),
    );
    await editor.edit((edit) => edit.replace(everything, text));
  };

  /** The first diagnostics to appear: the marked text, and the message. */
  const marked = async (editor: vscode.TextEditor, source: string): Promise<string[]> => {
    const found = await until(`${source} marks something`, () => {
      const all = vscode.languages.getDiagnostics(editor.document.uri);
      const ours = all.filter((diagnostic) => diagnostic.source === source);
      return ours.length > 0 && ours;
    });
    return found.map(({ range, message }) => `${editor.document.getText(range)}: ${message}`);
  };

  it('shows them as JSON, under the assistant’s name', async () => {
    const { document } = await open();
    equal(document.languageId, 'json');
    equal(path.posix.basename(document.uri.path), 'Functions of Tutor of Functions.json');
    deepEqual(JSON.parse(document.getText()), [weather]);
  });

  it('stores what is saved, and leaves the other tools alone', async () => {
    const editor = await open();
    const strict = {
      name: 'roll_dice',
      parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
      strict: true,
    };
    await write(editor, JSON.stringify([strict]));
    equal(await editor.document.save(), true);
    deepEqual(await tools(), [{ type: 'code_interpreter' }, { type: 'function', function: strict }]);
    equal(editor.document.isDirty, false);
  });

  it('leaves the layout of what is saved alone', async () => {
    const editor = await open();
    const text = '[ {"name":"one"} ]';
    await write(editor, text);
    equal(await editor.document.save(), true);
    equal(editor.document.getText(), text);
    deepEqual(await functions(), [{ name: 'one' }]);
  });

  it('can be saved a second time', async () => {
    const editor = await open();
    for (const name of ['one', 'two']) {
      await write(editor, JSON.stringify([{ name }]));
      equal(await editor.document.save(), true);
      deepEqual(
        (await functions()).map((definition) => definition.name),
        [name],
      );
    }
  });

  for (const [spelling, text] of Object.entries({
    'a tool of Chat Completions': [{ type: 'function', function: weather }],
    'a tool of Responses': [{ type: 'function', ...weather }],
    'a request’s tools': { model: 'm', tools: [{ type: 'function', function: weather }] },
    'a function alone': weather,
    'a tool of an MCP server': {
      name: weather.name,
      description: weather.description,
      inputSchema: weather.parameters,
    },
    'a tool of an MCP server with all that it tells': {
      name: weather.name,
      title: 'Weather',
      description: weather.description,
      inputSchema: weather.parameters,
      outputSchema: { type: 'object' },
      annotations: { readOnlyHint: true },
    },
    'a JSON Schema with a title': {
      title: 'get weather',
      description: weather.description,
      ...weather.parameters,
    },
  })) {
    it(`brings ${spelling} into the one form that is stored`, async () => {
      const editor = await open();
      await write(editor, JSON.stringify(text));
      equal(await editor.document.save(), true);
      deepEqual(await functions(), [weather]);
      deepEqual(JSON.parse(editor.document.getText()), [weather]);
    });
  }

  for (const [error, text, where, words] of [
    ['a name that the API does not take', '[{"name": "get weather"}]', '"get weather"', /letters, digits/],
    ['a second function of a name', '[{"name": "a"}, {"name": "a"}]', '"a"', /two functions named “a”/],
    ['a function without a name', '[{"description": "x"}]', '{"description": "x"}', /has no name/],
    [
      'parameters that are no object',
      '[{"name": "a", "parameters": {"type": "string"}}]',
      '{"type": "string"}',
      /JSON Schema of an object/,
    ],
    [
      'a strict object that allows more',
      '[{"name": "a", "strict": true, "parameters": {"type": "object"}}]',
      '{"type": "object"}',
      /"additionalProperties": false/,
    ],
    [
      'a strict object that leaves a property open, deep inside',
      '[{"name": "a", "strict": true, "parameters": {"type": "object", "additionalProperties": false, "required": ["p"], "properties": {"p": {"type": "array", "items": {"type": "object", "additionalProperties": false, "properties": {"q": {}}, "required": []}}}}}]',
      '[]',
      /must list every property as required; missing here: q/,
    ],
    [
      'what belongs to no function',
      '[{"name": "a", "color": "red"}]',
      '"color"',
      /A function has no property “color”/,
    ],
  ] as const) {
    it(`marks ${error}, and does not save it`, async () => {
      const editor = await open();
      await write(editor, text);
      const [first] = await marked(editor, 'Assistants Studio');
      equal(first?.slice(0, where.length + 2), `${where}: `);
      match(first ?? '', words);
      equal(await editor.document.save(), false);
      equal(editor.document.isDirty, true);
      equal(editor.document.getText(), text);
      deepEqual(await functions(), [weather]);
    });
  }

  it('removes an error mark once the error is fixed', async () => {
    const editor = await open();
    await write(editor, '[{"name": "get weather"}]');
    await marked(editor, 'Assistants Studio');
    await write(editor, '[{"name": "get_weather"}]');
    await until('nothing is marked', () => {
      return vscode.languages.getDiagnostics(editor.document.uri).length === 0;
    });
  });

  it('does not save invalid JSON', async () => {
    const editor = await open();
    await write(editor, '[{"name": }]');
    equal(await editor.document.save(), false);
    deepEqual(await functions(), [weather]);
  });

  it('has VS Code mark what the schema does not allow', async () => {
    const editor = await open();
    await write(editor, '[{"name": "a", "description": 5}]');
    const ours = await marked(editor, 'Assistants Studio');
    match(ours.join(), /description must be a string/);
    await until('VS Code marks it', () =>
      vscode.languages
        .getDiagnostics(editor.document.uri)
        .some(({ message }) => message.includes('Incorrect type. Expected "string"')),
    );
  });

  it('completes the fields of a function', async () => {
    const editor = await open();
    await write(editor, '[{"name": "a", }]');
    const labels = await until('there are suggestions', async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        editor.document.uri,
        new vscode.Position(0, '[{"name": "a", '.length),
      );
      const found = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
      return found.includes('parameters') && found;
    });
    ok(labels.includes('description') && labels.includes('strict'), labels.join());
  });

  it('offers the quiz ready-made', async () => {
    const editor = await open();
    await write(editor, '[]');
    const item = await until('it is suggested', async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        editor.document.uri,
        new vscode.Position(0, 1),
      );
      return list.items.find(({ label }) => label === 'display_quiz');
    });
    const body = item.insertText instanceof vscode.SnippetString ? item.insertText.value : item.insertText;
    deepEqual(JSON.parse(body ?? ''), quizFunction);
  });

  it('explains a field on hover', async () => {
    const editor = await open();
    const position = editor.document.positionAt(editor.document.getText().indexOf('"description"') + 2);
    const words = await until('there is an explanation', async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        editor.document.uri,
        position,
      );
      return hovers
        .flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value))
        .join();
    });
    match(words, /What the function does/);
  });

  it('does not overwrite functions that were changed elsewhere', async () => {
    const editor = await open();
    await write(editor, JSON.stringify([{ name: 'mine' }]));
    // As long as the present text.
    const theirs = { ...weather, description: 'Sells the weather of a city.' };
    const { assistants } = (await client()).beta;
    await assistants.update(tutor.id, { tools: [{ type: 'function', function: theirs }] });
    equal(await editor.document.save(), false);
    deepEqual(await functions(), [theirs]);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    deepEqual(JSON.parse(editor.document.getText()), [theirs]);
  });

  it('is updated when functions are added elsewhere', async () => {
    const { document } = await open();
    await command('addFunction', { assistantId: tutor.id, function: { name: 'other' } });
    await until('the document has it', () => document.getText().includes('"other"'));
    equal(document.isDirty, false);
  });
});

describe('adding a function', () => {
  let tutor: Assistant;

  beforeEach(async () => {
    tutor = await createTutor('Tutor to Add To');
  });

  const add = (definition: unknown): Promise<Assistant> =>
    command('addFunction', { assistantId: tutor.id, function: definition });

  it('accepts any format, and keeps existing functions', async () => {
    await add(weather);
    const { tools } = await add({ type: 'function', function: { name: 'other' } });
    deepEqual(
      tools.map((tool) => tool.type === 'function' && tool.function.name),
      ['get_weather', 'other'],
    );
  });

  it('replaces one with the same name', async () => {
    await add(weather);
    const { tools } = await add({ name: weather.name, description: 'Better.' });
    deepEqual(tools, [{ type: 'function', function: { name: weather.name, description: 'Better.' } }]);
  });

  it('refuses a tool that is no function, and says so', async () => {
    await rejects(add([{ type: 'code_interpreter' }]), /This function has no name/);
  });

  it('reports errors in it', async () => {
    await rejects(add({ name: 'no name' }), /Line 2: .*letters, digits/);
  });
});

describe('the schema of a workspace function', () => {
  let folder: string;

  before(() => {
    folder = path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, '.assistants', 'functions');
    mkdirSync(folder, { recursive: true });
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    rmSync(path.dirname(folder), { recursive: true });
  });

  it('is checked where it is written', async () => {
    const file = path.join(folder, 'add.json');
    writeFileSync(file, '{ "description": 5, "parameters": { "type": "object" } }');
    const { uri } = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(uri);
    const [mark] = await until('VS Code marks it', () => {
      const found = vscode.languages.getDiagnostics(uri);
      return found.length > 0 && found;
    });
    match(mark!.message, /Expected "string"/);
  });
});
