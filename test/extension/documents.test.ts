import { deepEqual, doesNotMatch, equal, match, ok, rejects } from 'node:assert/strict';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { conversationMarkdown } from '../../src/documents/conversation';
import { ask, client, command, createTutor, newThread, until } from './support';

describe('the documents', () => {
  let tutor: Assistant;
  let threadId: string;
  let run: Run;

  before(async () => {
    tutor = await createTutor('Tutor of Documents');
    threadId = (await newThread('Fibonacci: 1/2?')).id;
    run = await ask(threadId, tutor.id, 'Solve 2x = 4.');
  });

  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('show an assistant as JSON, under its id', async () => {
    await command('showJson', { assistantId: tutor.id });
    const document = shown();
    equal(document.uri.path, `/${tutor.id}.json`);
    equal(document.languageId, 'json');
    deepEqual(
      JSON.parse(document.getText()),
      plain(await (await client()).beta.assistants.retrieve(tutor.id)),
    );
  });

  it('show a thread, a message and a run as JSON', async () => {
    const { threads } = (await client()).beta;
    const [message] = (await threads.messages.list(threadId)).data;
    for (const [args, id] of [
      [{ threadId }, threadId],
      [{ threadId, messageId: message?.id }, message?.id],
      [{ threadId, runId: run.id }, run.id],
    ] as const) {
      await command('showJson', args);
      equal((JSON.parse(shown().getText()) as { id: string }).id, id);
    }
  });

  it('cannot be written to', async () => {
    await command('showJson', { assistantId: tutor.id });
    const before = shown().getText();
    await vscode.commands.executeCommand('type', { text: 'x' });
    equal(shown().getText(), before);
  });

  it('are updated when their object changes', async () => {
    await command('showJson', { assistantId: tutor.id });
    await command('editAssistant', { assistantId: tutor.id, description: 'Patient' });
    await until('the document has the new description', () => shown().getText().includes('"Patient"'));
  });

  it('show a conversation as Markdown, under the thread’s title', async () => {
    await command('showThreadMarkdown', { threadId });
    const document = shown();
    equal(document.uri.path, '/Fibonacci 1 2.md');
    equal(document.languageId, 'markdown');
    match(document.getText(), /^# Fibonacci: 1\/2\?\n\n## You – /);
    match(document.getText(), /## Tutor of Documents – [^]*x = 2/);
  });

  it('grow with their conversation', async () => {
    await command('showThreadMarkdown', { threadId });
    await ask(threadId, tutor.id, 'Solve 5y = 15.');
    await until('the new answer is in the document', () => shown().getText().includes('y = 3'));
  });

  it('say so if there is no such object', async () => {
    await rejects(
      command('showJson', { assistantId: 'asst_none' }),
      /No assistant found with id 'asst_none'/,
    );
  });

  it('say that a message is found by its thread', async () => {
    await rejects(command('showJson', { messageId: 'msg_1' }), /specify the ID of its thread, too/);
  });

  it('let the user edit long instructions, and store them when saved', async () => {
    const uri = vscode.Uri.from({
      scheme: 'assistants-instructions',
      path: `/${tutor.id}/Instructions.md`,
    });
    const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'Be kind.\n\n'));
    await editor.document.save();
    const { instructions } = await (await client()).beta.assistants.retrieve(tutor.id);
    match(instructions ?? '', /^Be kind\.\n\nYou are a personal math tutor/);
  });

  describe('of instructions', () => {
    let editor: vscode.TextEditor;

    const stored = async () => (await (await client()).beta.assistants.retrieve(tutor.id)).instructions;

    const write = async (instructions: string) =>
      (await client()).beta.assistants.update(tutor.id, { instructions });

    beforeEach(async () => {
      await write('Be kind.');
      await command('editAssistant', { assistantId: tutor.id, instructions: 'Be kind.' });
      const path = `/${tutor.id}/Instructions.md`;
      const uri = vscode.Uri.from({ scheme: 'assistants-instructions', path });
      editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
      await until('it is read', () => editor.document.getText() === 'Be kind.');
      await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'Mine. '));
    });

    afterEach(() => vscode.commands.executeCommand('workbench.action.files.revert'));

    for (const [what, theirs] of [
      ['longer', 'Be kind, and patient.'],
      ['as long', 'Be calm.'],
    ] as const) {
      it(`do not overwrite what was changed elsewhere to a text that is ${what}`, async () => {
        await write(theirs);
        equal(await editor.document.save(), false);
        equal(await stored(), theirs);
        equal(editor.document.getText(), 'Mine. Be kind.');
        // A second attempt is a conflict, too.
        equal(await editor.document.save(), false);
        equal(await stored(), theirs);
        await vscode.commands.executeCommand('workbench.action.files.revert');
        equal(editor.document.getText(), theirs);
        await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'Mine. '));
        equal(await editor.document.save(), true);
        equal(await stored(), `Mine. ${theirs}`);
      });
    }

    it('overwrite what was changed elsewhere if the user says so', async () => {
      const { uri } = editor.document;
      await write('Be calm.');
      equal(await editor.document.save(), false);
      // What “Overwrite” of the conflict does, and “Accept Your Changes” of its comparison.
      await vscode.commands.executeCommand('workbench.files.action.acceptLocalChanges', uri);
      equal(await stored(), 'Mine. Be kind.');
      const document = await vscode.workspace.openTextDocument(uri);
      equal(document.getText(), 'Mine. Be kind.');
      equal(document.isDirty, false);
    });

    it('can be saved twice, and after a change that was undone', async () => {
      equal(await editor.document.save(), true);
      await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'All '));
      await write('Something else.');
      await write('Mine. Be kind.');
      equal(await editor.document.save(), true);
      equal(await stored(), 'All Mine. Be kind.');
    });

    it('show what was changed elsewhere', async () => {
      await editor.document.save();
      await write('Be calm.');
      await until('it is shown', () => editor.document.getText() === 'Be calm.');
      equal(editor.document.isDirty, false);
    });
  });
});

describe('a conversation as Markdown', () => {
  /** The HTML that VS Code's preview, with its mathematics, makes of messages. */
  async function previewOf(...texts: string[]): Promise<{ markdown: string; html: string }> {
    const messages = texts.map((value) => ({
      role: 'assistant',
      created_at: 0,
      content: [{ type: 'text', text: { value, annotations: [] } }],
    }));
    const thread = { metadata: { title: '<img src="https://evil.example/title">' } } as unknown as Thread;
    const markdown = conversationMarkdown(thread, messages as unknown as Message[], () => undefined);
    const html = await vscode.commands.executeCommand<string>('markdown.api.render', markdown);
    return { markdown, html };
  }

  const image = '![x](https://evil.example/x.png) <img src="https://evil.example/y.png">';
  const tries: [string, string[]][] = [
    ['an image and a tag', [image]],
    ['a reference', ['![x][ref]\n\n[ref]: https://evil.example/x.png']],
    ['styles', ['<p style="background: url(https://evil.example/z.png)">x</p>\n\n<STYLE>x</STYLE>']],
    ['a fence that its message does not end', ['```\nx', image]],
    ['a fence in mathematics', ['$$\n```\n$$', image]],
    ['a fence in mathematics of the message before', ['$$', `\`\`\`\n$$\n${image}\n\`\`\``]],
    ['a fence in a bare environment', [`\\begin{x}\n\`\`\`\n\\end{x}\n${image}\n\`\`\``]],
    ['a fence in HTML', [`<div>\n\`\`\`\n${image}\n</div>`]],
    ['a fence with a wrong end', [`\`\`\`\nx\n   \`\`\`\`  \n${image}\n\`\`\``]],
    ['a fence that is none', [`\`\`\` a\`b\n${image}\n\`\`\``]],
    ['a fence in a list', [`- \`\`\`\n\n${image}`]],
    ['a carriage return', [`\`\`\`\r\`\`\`\r${image}`]],
  ];
  for (const [what, texts] of tries) {
    it(`loads nothing in a preview: ${what}`, async () => {
      const { html } = await previewOf(...texts);
      match(html, /evil\.example/);
      doesNotMatch(html, /<(img|style)\b|<[a-z]+ [^>]*background/i);
    });
  }

  it('leaves fenced code and mathematics as they are', async () => {
    const code = '```cpp\n#include <stdio.h>\nif (!list[a<b]) return ![];\n```';
    const { markdown, html } = await previewOf(code, '$$x < y$$ and a < b');
    ok(markdown.includes(code));
    ok(markdown.includes('$$x < y$$ and a < b'));
    match(html, /stdio\.h/);
  });
});

function shown(): vscode.TextDocument {
  const editor = vscode.window.activeTextEditor;
  if (!editor) throw new Error('No document is shown.');
  return editor.document;
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
