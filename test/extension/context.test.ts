import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ContextSource } from '../../src/protocol/context';
import { ContextChoices } from '../../src/views/chat/context/contextChoices';
import { TerminalOutputs } from '../../src/views/chat/context/terminalOutput';
import { activeSources } from '../../src/views/chat/context/editorSources';
import { command, until } from './support';
import { TestWindow, type Panel } from './window';

const folder = () => vscode.workspace.workspaceFolders![0]!.uri.fsPath;
const fileUri = (name: string) => vscode.Uri.file(path.join(folder(), name));

async function write(name: string, text: string | Uint8Array): Promise<vscode.Uri> {
  await mkdir(path.dirname(path.join(folder(), name)), { recursive: true });
  await writeFile(path.join(folder(), name), text);
  return fileUri(name);
}

async function open(
  uri: vscode.Uri,
  ...selections: [number, number, number, number][]
): Promise<vscode.TextEditor> {
  const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
  if (selections.length > 0) editor.selections = selections.map((range) => new vscode.Selection(...range));
  return editor;
}

async function edit(uri: vscode.Uri, range: vscode.Range, text: string): Promise<void> {
  const change = new vscode.WorkspaceEdit();
  change.replace(uri, range, text);
  ok(await vscode.workspace.applyEdit(change));
}

const longText = 'x'.repeat(79).concat('\n').repeat(65_536);

describe('the context of a message', () => {
  let window: TestWindow;
  let panel: Panel;

  beforeEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    window = TestWindow.open();
    await window.createAssistant();
    panel = window.openChat();
    panel.post({ type: 'ready' });
    await until('there is an assistant', () => panel.state?.assistantId);
  });

  afterEach(async () => {
    await window.close();
    await rm(path.join(folder(), 'context'), { recursive: true, force: true });
  });

  const labels = () =>
    panel
      .of('context')
      .at(-1)
      ?.items.map(({ label }) => label);

  it('is each chat’s own while it shows no thread, over a reload, too', async () => {
    const one = await write('context/one.ts', 'one\n');
    const two = await write('context/two.ts', 'two\n');
    const other = window.openChat({ assistantId: panel.state?.assistantId }, 'tab');
    other.post({ type: 'ready' });
    await until('the tab is ready', () => other.of('context').length > 0);
    await open(one);
    await panel.session.addContext(activeSources());
    await open(two);
    await other.session.addContext(activeSources());
    const labelsOf = (chat: Panel) =>
      chat
        .of('context')
        .at(-1)
        ?.items.map(({ label }) => label);
    deepEqual([labelsOf(panel), labelsOf(other)], [['one.ts'], ['two.ts']]);
    await sent('Why?');
    const again = window.openChat({ assistantId: panel.state?.assistantId }, 'tab');
    again.post({ type: 'ready' });
    await until('the tab is ready again', () => again.of('context').length > 0);
    deepEqual([labels(), labelsOf(again)], [[], ['two.ts']]);
  });

  it('goes along to another branch', async () => {
    await sent('Why?');
    await open(await write('context/one.ts', 'one\n'));
    await panel.session.addContext(activeSources());
    const { client } = window.services;
    const { threadId } = panel.session.selection;
    const branch = await client.beta.threads.create({ messages: [{ role: 'user', content: 'How?' }] });
    await panel.session.switchBranch(branch.id);
    deepEqual(labels(), ['one.ts']);
    await panel.session.show(threadId);
    deepEqual(labels(), []);
  });

  /** The text of the message that is sent. */
  async function sent(words: string): Promise<string> {
    await panel.ask('send', { text: words });
    const text = await until('the message is shown', () => panel.texts[0]);
    window.model.say('I see.');
    window.model.finish();
    await panel.hasRun('completed');
    return text;
  }

  it('is what is selected, with its path and its lines', async () => {
    const uri = await write('context/a.ts', 'one\ntwo\nthree\nfour\n');
    await open(uri, [1, 0, 3, 0], [3, 0, 3, 4]);
    await panel.session.addContext(activeSources());
    deepEqual(labels(), ['a.ts:2-3', 'a.ts:4']);
    const [first] = panel.of('context').at(-1)!.items;
    equal(first?.detail, 'context/a.ts');
    ok((first?.tokens ?? 0) > 5);
    equal(
      await sent('Why?'),
      'Why?\n\ncontext/a.ts lines 2–3:\n\n```typescript\ntwo\nthree\n```\n\ncontext/a.ts line 4:\n\n```typescript\nfour\n```',
    );
    await until('it is gone from the composer', () => labels()?.length === 0);
  });

  it('is the whole file without a selection, as it is when the message is sent', async () => {
    const uri = await write('context/b.ts', 'before\n');
    await open(uri, [0, 0, 0, 0]);
    await panel.session.addContext(activeSources());
    deepEqual(labels(), ['b.ts']);
    await edit(uri, new vscode.Range(0, 0, 0, 6), 'after');
    equal(await sent('Why?'), 'Why?\n\ncontext/b.ts (file):\n\n```typescript\nafter\n```');
  });

  it('is added once, and removed', async () => {
    await open(await write('context/b.ts', 'b\n'));
    await panel.session.addContext(activeSources());
    await panel.session.addContext(activeSources());
    deepEqual(labels(), ['b.ts']);
    panel.post({ type: 'removeContext', id: panel.of('context').at(-1)!.items[0]!.id });
    await until('it is removed', () => labels()?.length === 0);
  });

  it('is found again where it has moved to', async () => {
    const uri = await write('context/c.ts', 'one\r\ntwo\r\nthree\r\n');
    await open(uri, [1, 0, 1, 3]);
    await panel.session.addContext(activeSources());
    await edit(uri, new vscode.Range(0, 0, 0, 0), 'zero\n\n');
    match(await sent(''), /^context\/c\.ts line 4:\n\n```typescript\ntwo\n```$/);
  });

  /** Waits until the panel shows these labels with their tokens, or why an item cannot be sent. */
  const shows = (...expected: string[]) =>
    until(`the panel shows ${expected.join()}`, () => {
      const items = panel.of('context').at(-1)?.items ?? [];
      return (
        items.map(({ label, tokens, error }) => `${label} ${error ?? tokens}`).join() === expected.join()
      );
    });

  it('says what its files cost as they change, whether they are open or not, and that one is gone', async () => {
    const uri = await write('context/open.ts', 'x'.repeat(72));
    const closed = await write('context/[closed].ts', 'x'.repeat(72));
    await open(uri);
    await panel.session.addContext([uri, closed].map((one) => ({ kind: 'file', uri: one.toString() })));
    const [first, second] = panel
      .of('context')
      .at(-1)!
      .items.map(({ tokens = 0 }) => tokens);
    await shows(`open.ts ${first}`, `[closed].ts ${second}`);
    await edit(uri, new vscode.Range(0, 0, 0, 40), '');
    await shows(`open.ts ${first! - 10}`, `[closed].ts ${second}`);
    await write('context/[closed].ts', 'x'.repeat(112));
    await shows(`open.ts ${first! - 10}`, `[closed].ts ${second! + 10}`);
    await rm(closed.fsPath);
    await shows(`open.ts ${first! - 10}`, '[closed].ts context/[closed].ts no longer exists.');
    await write('context/[closed].ts', 'x'.repeat(72));
    await shows(`open.ts ${first! - 10}`, `[closed].ts ${second}`);
  });

  it('says where selected lines have moved to, and that they have changed', async () => {
    const uri = await write('context/moved.ts', 'one\ntwo\nthree\n');
    await open(uri, [1, 0, 1, 3]);
    await panel.session.addContext(activeSources());
    const tokens = panel.of('context').at(-1)!.items[0]!.tokens!;
    await shows(`moved.ts:2 ${tokens}`);
    await edit(uri, new vscode.Range(0, 0, 0, 0), 'zero\n\n');
    await shows(`moved.ts:4 ${tokens}`);
    await edit(uri, new vscode.Range(3, 0, 3, 3), '2');
    await shows('moved.ts:4 moved.ts:4 has changed since it was added. Remove it, or add it again.');
    await edit(uri, new vscode.Range(3, 0, 3, 1), 'two');
    await shows(`moved.ts:4 ${tokens}`);
  });

  it('says what a file costs that has changed while the chat was closed, and its problems', async () => {
    const uri = await write('context/problems.ts', 'x'.repeat(72));
    await panel.session.addContext([
      { kind: 'file', uri: uri.toString() },
      { kind: 'problems', uri: uri.toString() },
    ]);
    const [file, none] = panel
      .of('context')
      .at(-1)!
      .items.map(({ tokens = 0 }) => tokens);
    await window.reload().then((reloaded) => (window = reloaded));
    await write('context/problems.ts', 'x'.repeat(112));
    panel = window.openChat();
    panel.post({ type: 'ready' });
    await shows(`problems.ts ${file! + 10}`, `Problems of problems.ts ${none}`);
    const problems = vscode.languages.createDiagnosticCollection();
    try {
      problems.set(uri, [new vscode.Diagnostic(new vscode.Range(0, 0, 0, 1), 'x'.repeat(400))]);
      await until('they cost more', () => panel.of('context').at(-1)!.items[1]!.tokens! > none! + 90);
    } finally {
      problems.dispose();
    }
  });

  it('is refused with a message if it has changed or is gone, and nothing is lost', async () => {
    const uri = await write('context/d.ts', 'one\ntwo\n');
    const gone = await write('context/gone.ts', 'gone\n');
    await open(uri, [1, 0, 1, 3]);
    await panel.session.addContext(activeSources());
    await edit(uri, new vscode.Range(1, 0, 1, 3), '2');
    await rejects(panel.ask('send', { text: 'Why?' }), /^Error: d\.ts:2 has changed since it was added/);
    deepEqual(labels(), ['d.ts:2']);
    panel.post({ type: 'removeContext', id: panel.of('context').at(-1)!.items[0]!.id });
    await until('it is removed', () => labels()?.length === 0);
    await panel.session.addContext([{ kind: 'file', uri: gone.toString() }]);
    await rm(gone.fsPath);
    await rejects(panel.ask('send', { text: 'Why?' }), /context\/gone\.ts no longer exists/);
    deepEqual(labels(), ['gone.ts']);
    equal(panel.state?.thread, undefined);
  });

  it('is refused when it is added if it is too long, and says the limit', async () => {
    const uri = await write('context/large.txt', longText);
    const limit = /too long to send: a message can have at most 256,000 characters/;
    await rejects(panel.session.addContext([{ kind: 'file', uri: uri.toString() }]), limit);
    await open(uri, [0, 0, 65_535, 0]);
    await rejects(async () => panel.session.addContext(activeSources()), limit);
    const half = await write('context/half.txt', longText.slice(0, 200_000));
    await panel.session.addContext([{ kind: 'file', uri: half.toString() }]);
    const other = await write('context/other.txt', longText.slice(0, 100_000));
    await rejects(panel.session.addContext([{ kind: 'file', uri: other.toString() }]), limit);
    deepEqual(labels(), ['half.txt']);
  });

  it('survives a reload', async () => {
    const uri = await write('context/b.ts', 'b\n');
    await panel.session.addContext([{ kind: 'file', uri: uri.toString() }]);
    window = await window.reload();
    const after = window.openChat();
    after.post({ type: 'ready' });
    await until('it is shown', () => after.of('context').at(-1)?.items[0]?.label === 'b.ts');
  });

  it('names a cell of a notebook by its path, and an untitled file by its name', async () => {
    const cells = [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, 'print(1)\nprint(2)', 'python')];
    const content = JSON.stringify({
      cells: cells.map(({ value }) => ({ cell_type: 'code', source: [value], metadata: {}, outputs: [] })),
      metadata: {},
      nbformat: 4,
      nbformat_minor: 2,
    });
    const uri = await write('context/notebooks/a.ipynb', content);
    const notebook = await vscode.workspace.openNotebookDocument(uri);
    await panel.session.addContext([{ kind: 'cell', uri: notebook.uri.toString(), cell: 0 }]);
    const untitled = await vscode.workspace.openTextDocument({ content: 'x = 1', language: 'python' });
    await vscode.window.showTextDocument(untitled);
    await panel.session.addContext(activeSources());
    const text = await sent('');
    match(
      text,
      /^context\/notebooks\/a\.ipynb, cell 1 \(cell\):\n\n```python\nprint\(1\)\nprint\(2\)\n```\n\nUntitled-\d+ \(file\):/,
    );
  });

  describe('# in its composer', () => {
    const find = async (source: ContextSource, query: string) =>
      (await panel.ask('contextChoices', { source, query })).map(({ kind, label }) => `${kind} ${label}`);

    it('offers open editors, and files of the workspace, the best first', async () => {
      await open(await write('context/openOne.ts', 'x\n'));
      await write('context/node_modules/m/openOne.ts', 'x\n');
      await write('context/deep/reopenOne.ts', 'x\n');
      await write('context/o/p/e/n.md', 'x\n');
      deepEqual(await find('editors', ''), ['file openOne.ts']);
      deepEqual(await find('files', 'OPENone'), ['file openOne.ts', 'file reopenOne.ts']);
      deepEqual(await find('files', 'context/deep/re'), ['file reopenOne.ts']);
      deepEqual(await find('files', 'opnone'), ['file openOne.ts', 'file reopenOne.ts']);
      deepEqual(await find('files', 'no such file'), []);
    });

    it('offers the selection and the problems of the file, and adds them', async () => {
      const problems = vscode.languages.createDiagnosticCollection('context');
      try {
        const uri = await write('context/p.ts', 'one\ntwo\n');
        await open(uri, [0, 0, 0, 3]);
        const problem = new vscode.Diagnostic(
          new vscode.Range(1, 2, 1, 3),
          'Not so.',
          vscode.DiagnosticSeverity.Warning,
        );
        problems.set(uri, [problem]);
        deepEqual(await find('outputs', 'p.ts'), ['lines p.ts:1', 'problems Problems of p.ts']);
        const [choice] = await panel.ask('contextChoices', { source: 'outputs', query: 'Problems' });
        await panel.ask('addContext', { id: choice!.id });
        match(await sent(''), /^context\/p\.ts \(problems\):\n\n```\n2:3 warning: Not so\.\n```$/);
      } finally {
        problems.dispose();
      }
    });

    it('offers symbols of the file, and adds their lines', async () => {
      const provider = vscode.languages.registerDocumentSymbolProvider('plaintext', {
        provideDocumentSymbols: () => {
          const all = new vscode.Range(1, 2, 2, 1);
          return [new vscode.DocumentSymbol('solve', '', vscode.SymbolKind.Function, all, all)];
        },
      });
      try {
        await open(await write('context/s.txt', 'x\n  solve() {\n}\n'));
        deepEqual(await find('symbols', 'sol'), ['symbol solve']);
        deepEqual(await find('symbols', 'other'), []);
        const [choice] = await panel.ask('contextChoices', { source: 'symbols', query: 'solve' });
        await panel.ask('addContext', { id: choice!.id });
        match(await sent(''), /^context\/s\.txt lines 2–3:\n\n```\n {2}solve\(\) \{\n\}\n```$/);
      } finally {
        provider.dispose();
      }
    });

    it('offers the changes of the working tree, with those that are staged, and adds them as a diff', async () => {
      // The Git extension is turned off in tests.
      const original = vscode.extensions.getExtension;
      const repository = (name: string, changes: unknown[]) => ({
        rootUri: fileUri(name),
        state: { workingTreeChanges: changes, indexChanges: [] },
        diff: (cached?: boolean) => Promise.resolve(cached ? '+staged\n' : '+changed\n'),
      });
      const repositories = [repository('context/changed', [{}]), repository('context/clean', [])];
      const git = { isActive: true, exports: { enabled: true, getAPI: () => ({ repositories }) } };
      Object.assign(vscode.extensions, {
        getExtension: (id: string) => (id === 'vscode.git' ? git : original(id)),
      });
      try {
        deepEqual(await find('outputs', 'Changes'), ['diff Changes in context/changed']);
        const [choice] = await panel.ask('contextChoices', { source: 'outputs', query: 'Changes' });
        await panel.ask('addContext', { id: choice!.id });
        equal(await sent(''), 'context/changed (diff):\n\n```diff\n+staged\n\n+changed\n```');
      } finally {
        Object.assign(vscode.extensions, { getExtension: original });
      }
    });

    it('adds files that Git does not track to the diff, however its setting lists them', async () => {
      const original = vscode.extensions.getExtension;
      const named = await write('context/changed/new.ts', 'a\nb\n');
      const unended = await write('context/changed/sub/last.md', 'end');
      const picture = await write('context/changed/picture.png', '');
      await vscode.workspace.fs.writeFile(picture, Uint8Array.of(0x89, 0x50, 0xff, 0x00));
      const status = 7;
      const repository = {
        rootUri: fileUri('context/changed'),
        state: {
          workingTreeChanges: [{ uri: named, status }],
          indexChanges: [],
          untrackedChanges: [unended, picture].map((uri) => ({ uri, status })),
        },
        diff: () => Promise.resolve(''),
      };
      const git = {
        isActive: true,
        exports: { enabled: true, getAPI: () => ({ repositories: [repository] }) },
      };
      Object.assign(vscode.extensions, {
        getExtension: (id: string) => (id === 'vscode.git' ? git : original(id)),
      });
      try {
        const [choice] = await panel.ask('contextChoices', { source: 'outputs', query: 'Changes' });
        await panel.ask('addContext', { id: choice!.id });
        const text = await sent('');
        for (const part of [
          'diff --git a/new.ts b/new.ts\nnew file mode 100644\n--- /dev/null\n+++ b/new.ts\n@@ -0,0 +1,2 @@\n+a\n+b\n',
          '+++ b/sub/last.md\n@@ -0,0 +1,1 @@\n+end\n\\ No newline at end of file\n',
          'Binary or long file b/picture.png, which is not shown',
        ])
          ok(text.includes(part), text);
      } finally {
        Object.assign(vscode.extensions, { getExtension: original });
      }
    });

    it('offers the last output of a terminal, without colours, and keeps it as it was', async () => {
      const read = async function* () {
        yield '\x1b]633;C\x07\x1b[31mred\x1b[0m\r\n10%\r100%\r\n';
        await Promise.resolve();
        yield 'done\r\n\x1b]633;D;0\x07';
      };
      const outputs = new TerminalOutputs((listener) => {
        const event = { terminal: { name: 'bash' }, execution: { commandLine: { value: 'make' }, read } };
        listener(event as unknown as vscode.TerminalShellExecutionStartEvent);
        return new vscode.Disposable(() => {});
      });
      await until('the output is read', () => outputs.last?.text.includes('done'));
      const choices = new ContextChoices(outputs);
      const [choice] = await choices.find('outputs', 'bash');
      deepEqual([choice?.label, choice?.detail], ['Output of bash', '$ make']);
      await panel.session.addContext([(await choices.chosen(choice!.id))!]);
      match(await sent(''), /^bash \(terminal output\):\n\n```\n\$ make\nred\n100%\ndone\n```$/);
    });

    it('adds only what it has suggested', async () => {
      await rejects(panel.ask('addContext', { id: 'file:///etc/passwd' }), /no longer available/);
      window.reported.length = 0;
    });
  });
});

describe('what is added to the chat by commands', () => {
  afterEach(async () => {
    await rm(path.join(folder(), 'context'), { recursive: true, force: true });
  });

  it('is refused if a folder has more files than a message can have', async () => {
    for (let index = 0; index < 21; index++) await write(`context/many/${index}.txt`, 'x');
    await rejects(
      command('addToChat', { uris: [fileUri('context/many')] }),
      /at most 20 files\. Use “Add to Assistant’s Knowledge…”/,
    );
  });

  it('is refused if a selection is too long, before any question', async () => {
    await open(await write('context/large.txt', longText), [0, 0, 65_535, 0]);
    const limit = /too long to send: a message can have at most 256,000 characters/;
    await rejects(command('sendSelection', {}), limit);
    await rejects(command('addSelection', {}), limit);
  });
});

describe('a path in an answer', () => {
  let window: TestWindow;
  let panel: Panel;
  const outside = path.join(tmpdir(), 'assistants-studio-outside');

  beforeEach(async () => {
    window = TestWindow.open();
    panel = window.openChat();
    await write('context/a.ts', 'one\ntwo\nthree\n');
    await mkdir(outside, { recursive: true });
    await writeFile(path.join(outside, 'secret.txt'), 'secret');
  });

  afterEach(async () => {
    await window.close();
    await rm(outside, { recursive: true, force: true });
    await rm(path.join(folder(), 'context'), { recursive: true, force: true });
  });

  it('exists if it is a file of the workspace', async () => {
    const name = path.basename(folder());
    const existing = ['context/a.ts', './context/a.ts:2', 'context/a.ts#L1-L2', `${name}/context/a.ts`];
    const paths = [...existing, 'context', 'context/b.ts', 'a.ts'];
    deepEqual(await panel.ask('existingPaths', { paths }), existing);
  });

  it('does not exist outside of it, whatever way leads there', async () => {
    await symlink(path.join(outside, 'secret.txt'), path.join(folder(), 'context/link.txt'));
    await symlink(outside, path.join(folder(), 'context/folder'));
    await symlink(path.join(folder(), 'context/a.ts'), path.join(folder(), 'context/inside.ts'));
    const up = path.relative(folder(), path.join(outside, 'secret.txt'));
    const paths = [
      ...['context/link.txt', 'context/folder/secret.txt', up, `context/../${up}`, `./${up}`],
      ...[
        path.join(outside, 'secret.txt'),
        `file://${outside}/secret.txt`,
        '\\\\host\\share\\a.ts',
        '//host/a.ts',
      ],
    ];
    deepEqual(await panel.ask('existingPaths', { paths: [...paths, 'context/inside.ts'] }), [
      'context/inside.ts',
    ]);
    for (const one of paths) {
      panel.post({ type: 'openPath', path: one });
      await until(`${one} is refused`, () => window.reported.length === 1);
      match(String(window.reported.pop()), /is not a file of the workspace/);
    }
  });

  it('opens at its line', async () => {
    panel.post({ type: 'openPath', path: 'context/a.ts:2:2' });
    const editor = await until('it is open', () => {
      const active = vscode.window.activeTextEditor;
      return (
        active?.document.uri.path.endsWith('context/a.ts') &&
        !active.selection.active.isEqual(new vscode.Position(0, 0)) &&
        active
      );
    });
    deepEqual([editor.selection.active.line, editor.selection.active.character], [1, 1]);
  });
});
