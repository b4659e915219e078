import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import path from 'node:path';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { AssistantVersion, RestoredVersion } from '../../../src/client/objects/assistantVersions';
import { versionText } from '../../../src/documents/versions/versionText';
import { ThreadsTree } from '../../../src/views/trees/threadsTree';
import { UnreadThreads } from '../../../src/views/trees/unreadThreads';
import { AssistantNode, ThreadNode } from '../../../src/views/trees/nodes';
import { standIn } from '../knowledgeSupport';
import { Network, RemoteServer, useServer } from '../remote';
import { ask, client, command, createTutor, newThread, until } from '../support';
import { memento, TestWindow } from '../window';

type Item = vscode.QuickPickItem & { value?: unknown };

/** Chooses the item that starts with each label, one list after the other, and records the lists. */
function choose(...labels: string[]) {
  const lists: Item[][] = [];
  const release = standIn('createQuickPick', () => {
    let accept: () => void = () => undefined;
    let shown: Item[] = [];
    const nothing = () => ({ dispose: () => undefined });
    const pick = {
      value: '',
      selectedItems: [] as Item[],
      activeItems: [] as Item[],
      get items() {
        return shown;
      },
      set items(items: Item[]) {
        shown = items;
        const listed = items.filter(({ kind }) => kind !== vscode.QuickPickItemKind.Separator);
        if (listed.length === 0) return;
        lists.push(listed);
        const label = labels.shift() ?? '';
        pick.selectedItems = listed.filter((item) => item.label.includes(label)).slice(0, 1);
        pick.activeItems = pick.selectedItems;
        setImmediate(() => accept());
      },
      onDidAccept: (listener: () => void) => ((accept = listener), nothing()),
      onDidHide: nothing,
      onDidTriggerButton: nothing,
      onDidChangeValue: nothing,
      show: () => undefined,
      dispose: () => undefined,
    };
    return pick;
  });
  return { lists, release };
}

/** The titles and texts of the two sides of the diff editor that is open. */
async function shownDiff(): Promise<{ label: string; before: string; after: string }> {
  const tab = await until('a diff is open', () =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .find(({ input }) => input instanceof vscode.TabInputTextDiff),
  );
  const { original, modified } = tab.input as vscode.TabInputTextDiff;
  const read = async (uri: vscode.Uri) => (await vscode.workspace.openTextDocument(uri)).getText();
  return { label: tab.label, before: await read(original), after: await read(modified) };
}

async function nameOf({ id }: Assistant): Promise<string | null> {
  return (await (await client()).beta.assistants.retrieve(id)).name;
}

describe('the versions of an assistant', () => {
  let tutor: Assistant;

  beforeEach(async () => {
    tutor = await createTutor('Math Tutor');
    await command('editAssistant', { assistantId: tutor.id, instructions: 'One line.\nAnother line.' });
    await command('editAssistant', { assistantId: tutor.id, name: 'Algebra Tutor' });
  });

  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('are listed with what changed and who did it, and compared with the one before', async () => {
    const { lists, release } = choose('Version 2', 'Compare with Version 1');
    try {
      const shown = await command<AssistantVersion>('showAssistantVersions', { assistantId: tutor.id });
      equal(shown.version, 2);
    } finally {
      release();
    }
    deepEqual(
      lists[0]?.map(({ label, detail }) => [label, detail]),
      [
        ['Version 3', 'Name'],
        ['Version 2', 'Instructions'],
        ['Version 1', 'First version'],
      ],
    );
    match(lists[0]?.[0]?.description ?? '', /^current · .*2\d{3}.* · VS Code$/);
    deepEqual(
      lists[1]?.map(({ label }) => label.replace(/^\$\([a-z-]+\) /, '')),
      [
        'Compare with Version 1',
        'Compare with the Current Version',
        'Open This Version',
        'Restore This Version…',
      ],
    );
    const { label, before, after } = await shownDiff();
    match(label, /Algebra Tutor: version 1 ↔ version 2/);
    match(before, /^name: "Math Tutor"$/m);
    match(before, /^instructions: \|-\n {2}You are a personal math tutor\./m);
    match(after, /^instructions: \|-\n {2}One line\.\n {2}Another line\.$/m);
  });

  it('are compared with the current one', async () => {
    const { release } = choose('Version 1', 'Compare with the Current Version');
    try {
      await command('showAssistantVersions', { assistantId: tutor.id });
    } finally {
      release();
    }
    const { label, before, after } = await shownDiff();
    match(label, /version 1 ↔ version 3/);
    match(before, /^name: "Math Tutor"$/m);
    match(after, /^name: "Algebra Tutor"$/m);
  });

  it('open from the assistant’s row in the tree, and as documents that cannot be written to', async () => {
    const { release } = choose('Version 1', 'Open This Version');
    try {
      await vscode.commands.executeCommand(
        'assistantsStudio.showAssistantVersions',
        new AssistantNode(tutor.id),
      );
    } finally {
      release();
    }
    const editor = vscode.window.activeTextEditor;
    equal(path.basename(editor?.document.uri.path ?? ''), 'Algebra Tutor, version 1.yaml');
    equal(editor?.document.languageId, 'yaml');
    const text = editor?.document.getText();
    await vscode.commands.executeCommand('type', { text: 'x' });
    equal(editor?.document.getText(), text);
  });

  it('are restored once that is confirmed, and undone', async () => {
    const notices: string[] = [];
    let undo: (action: string) => void = () => undefined;
    const questions: string[] = [];
    const releases = [
      choose('Version 1', 'Restore This Version').release,
      standIn('showWarningMessage', (question: string, _options: unknown, button: string) => {
        questions.push(question);
        return Promise.resolve(button);
      }),
      standIn('showInformationMessage', (message: string, action: string) => {
        notices.push(message);
        return new Promise((resolve) => (undo = () => resolve(action)));
      }),
    ];
    try {
      const restored = await command<RestoredVersion>('showAssistantVersions', { assistantId: tutor.id });
      deepEqual([restored.version, restored.restored_from], [4, 1]);
      deepEqual(questions, ['Restore version 1 of “Algebra Tutor”?']);
      deepEqual(notices, ['Restored version 1 of “Algebra Tutor”.']);
      equal(await nameOf(tutor), 'Math Tutor');
      undo('Undo');
      await until('it is undone', async () => (await nameOf(tutor)) === 'Algebra Tutor');
    } finally {
      for (const release of releases) release();
    }
  });

  it('are not restored if that is not confirmed', async () => {
    const release = standIn('showWarningMessage', () => Promise.resolve(undefined));
    try {
      equal(await command('restoreAssistantVersion', { assistantId: tutor.id, version: 1 }), undefined);
      equal(await nameOf(tutor), 'Algebra Tutor');
    } finally {
      release();
    }
  });

  it('are restored from the title of the document that shows one', async () => {
    await command('showAssistantVersions', { assistantId: tutor.id, version: 1 });
    const uri = vscode.window.activeTextEditor?.document.uri;
    const releases = [
      standIn('showWarningMessage', (_question: string, _options: unknown, button: string) =>
        Promise.resolve(button),
      ),
      standIn('showInformationMessage', () => Promise.resolve(undefined)),
    ];
    try {
      await vscode.commands.executeCommand('assistantsStudio.restoreAssistantVersion', uri);
      equal(await nameOf(tutor), 'Math Tutor');
    } finally {
      for (const release of releases) release();
    }
  });

  it('that refer to what is gone are restored without it, if the user agrees', async () => {
    const api = await client();
    const store = await api.vectorStores.create({ name: 'Gone' });
    const tool_resources = { file_search: { vector_store_ids: [store.id] } };
    const { id } = await api.beta.assistants.create({
      model: 'demo/tutor',
      name: 'Librarian',
      tool_resources,
    });
    await api.beta.assistants.update(id, { name: 'Other', tool_resources: {} });
    await api.vectorStores.delete(store.id);
    await rejects(
      command('restoreAssistantVersion', { assistantId: id, version: 1, confirm: false }),
      new RegExp(`No vector store found with id '${store.id}'`),
    );
    const warnings: string[] = [];
    const release = standIn('showWarningMessage', (text: string, options: unknown, button: string) => {
      warnings.push(text);
      return Promise.resolve(typeof options === 'object' ? button : undefined);
    });
    try {
      await command('restoreAssistantVersion', { assistantId: id, version: 1 });
    } finally {
      release();
    }
    match(warnings[1] ?? '', /Parts of version 1 no longer exist/);
    match(warnings[2] ?? '', new RegExp(`Restored version 1 of “Other”\\. No vector store .*${store.id}`));
    equal((await api.beta.assistants.retrieve(id)).name, 'Librarian');
  });

  it('name programs by what they call themselves', async () => {
    const { baseUrl } = await command<{ baseUrl: string }>('startServer', { port: 0 });
    try {
      const token = await tokenOfServer();
      const response = await fetch(`${baseUrl}/assistants/${tutor.id}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Old Program/1',
          authorization: `Bearer ${token}`,
        },
        body: JSON.stringify({ name: 'By a program' }),
      });
      equal(response.status, 200);
    } finally {
      await command('stopServer');
    }
    const { lists, release } = choose('Version 4', 'Open This Version');
    try {
      await command('showAssistantVersions', { assistantId: tutor.id });
    } finally {
      release();
    }
    match(lists[0]?.[0]?.description ?? '', / · Old Program\/1$/);
  });
});

async function tokenOfServer(): Promise<string> {
  await command('copyServerEnvironment', { format: 'bash' });
  return /OPENAI_API_KEY='?([^'\n]*)/.exec(await vscode.env.clipboard.readText())?.[1] ?? '';
}

describe('a run', () => {
  it('shows the version of its assistant in its JSON and in the tooltip of its thread', async () => {
    const tutor = await createTutor('Math Tutor');
    await command('editAssistant', { assistantId: tutor.id, name: 'Algebra Tutor' });
    const { id: threadId } = await newThread('Two and two');
    const run = await ask(threadId, tutor.id, 'Thank you!');
    const shown = await command<{ assistant_version?: number }>('showJson', { threadId, runId: run.id });
    equal(shown.assistant_version, 2);
    match(vscode.window.activeTextEditor?.document.getText() ?? '', /"assistant_version": 2/);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});

describe('the tooltip of a thread', () => {
  it('names the version of the assistant that answered', async () => {
    const window = TestWindow.open();
    try {
      const { client: api, assistants } = window.services;
      const tutor = await window.createAssistant('Math Tutor');
      const thread = await api.beta.threads.create({ messages: [{ role: 'user', content: 'Thank you!' }] });
      window.model.say('You are welcome.');
      window.model.finish();
      await api.beta.threads.runs.createAndPoll(thread.id, { assistant_id: tutor.id });
      await assistants.all();
      const { monitor, reporter } = window.services;
      const unread = new UnreadThreads(monitor, memento(), () => true, reporter.log);
      const tree = new ThreadsTree(window.services, { unread, openThread: () => undefined });
      try {
        await tree.getChildren();
        await window.services.monitor.refresh(thread.id);
        const node = new ThreadNode(thread.id);
        const item = await tree.resolveTreeItem(tree.getTreeItem(node), node);
        const tooltip = item.tooltip as string;
        match(tooltip, /Answered\nMath Tutor, version 1$/);
        ok(tooltip.startsWith(item.accessibilityInformation?.label ?? '-'));
      } finally {
        tree.dispose();
        unread.dispose();
      }
    } finally {
      await window.close();
    }
  });
});

describe('a server without versions', () => {
  it('is said not to have them, and its runs are shown as they are', async () => {
    const server = await RemoteServer.start();
    const network = await Network.before(server.baseUrl);
    const leave = await useServer(network.baseUrl);
    try {
      const tutor = await createTutor();
      equal(
        (await command<AssistantVersion>('showAssistantVersions', { assistantId: tutor.id, version: 1 }))
          .version,
        1,
      );
      const { id: threadId } = await newThread('Far away');
      const { id: runId } = await ask(threadId, tutor.id, 'Thank you!');
      network.hidden = /\/versions/;
      network.rejects = { pattern: /assistant_version/, status: 400 };
      await rejects(
        command('showAssistantVersions', { assistantId: tutor.id }),
        /The current service does not keep versions of assistants\./,
      );
      const run = await command<Record<string, unknown>>('showJson', { threadId, runId });
      equal(run['id'], runId);
      ok(!('assistant_version' in run));
    } finally {
      await leave();
      await network.stop();
      await server.stop();
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    }
  });
});

describe('the text of a version', () => {
  const assistant = {
    id: 'asst_1',
    object: 'assistant',
    created_at: 1,
    name: 'A: "b"',
    instructions: '  Indented.\n\nSecond\tpart.\n',
    model: 'demo/tutor',
    tools: [
      { type: 'code_interpreter' },
      { type: 'function', function: { name: 'add', description: 'Adds.\nTwo lines.', parameters: {} } },
    ],
    metadata: { 'a key': 'x', n: 'one\u0007\ntwo' },
    description: null,
  } as unknown as Assistant;

  it('has the lines of longer texts as lines, and everything else as JSON', () => {
    equal(
      versionText(assistant),
      [
        'name: "A: \\"b\\""',
        'description: null',
        'model: "demo/tutor"',
        'instructions: |2+',
        '    Indented.',
        '',
        '  Second\tpart.',
        'tools:',
        '  - type: "code_interpreter"',
        '  - type: "function"',
        '    function:',
        '      name: "add"',
        '      description: |-',
        '        Adds.',
        '        Two lines.',
        '      parameters: {}',
        'metadata:',
        '  "a key": "x"',
        '  n: "one\\u0007\\ntwo"',
        '',
      ].join('\n'),
    );
  });
});
