import { deepEqual, doesNotMatch, equal, match, ok, rejects } from 'node:assert/strict';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { ToolCall } from 'openai/resources/beta/threads/runs/steps';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { conversationMarkdown } from '../../src/documents/conversation/conversation';
import {
  ConversationReader,
  type ConversationParts,
} from '../../src/documents/conversation/conversationParts';
import { ask, client, command, createTutor, newThread, until } from './support';
import { TestWindow } from './window';

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

  it('have the cursor at the last answer, to read it in an editor', async () => {
    const { id } = await newThread('Two questions');
    await ask(id, tutor.id, 'Solve 2x = 4.');
    await ask(id, tutor.id, 'Solve 5y = 15.');
    await command('readLastAnswer', { threadId: id });
    const { document, selection } = vscode.window.activeTextEditor!;
    match(document.lineAt(selection.active.line).text, /^## Tutor of Documents – /);
    const rest = document.getText().split('\n').slice(selection.active.line).join('\n');
    match(rest, /y = 3/);
    ok(!rest.includes('## You'));
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

  const thread = { metadata: { title: 'All of it' } } as unknown as Thread;
  const messageOf = (id: string, fields: object) => ({
    ...{ id, role: 'assistant', created_at: 0, attachments: [] },
    ...{ content: [{ type: 'text', text: { value: `Text of ${id}.`, annotations: [] } }], ...fields },
  });
  const markdownOf = (messages: object[], parts?: ConversationParts) =>
    conversationMarkdown(thread, messages as Message[], () => undefined, parts);
  const call = (fields: object) => ({ id: 'call', ...fields }) as unknown as ToolCall;

  it('has code with its output and pictures, searches, and quizzes with their answers', () => {
    const python = { input: 'print("```")\nplot()', outputs: [{ type: 'logs', logs: '1\n' }] };
    const image = { type: 'image', image: { file_id: 'file-plot' } };
    const quiz = {
      title: 'Sums',
      questions: [
        { question_text: '1 + 1?', question_type: 'MULTIPLE_CHOICE', choices: ['1', '2'] },
        { question_text: 'Why?', question_type: 'FREE_RESPONSE' },
        { question_text: 'Really?', question_type: 'FREE_RESPONSE' },
      ],
    };
    const results = [{ file_id: 'file-notes', file_name: 'no_tes.txt', score: 0.871 }];
    const calls = [
      call({
        type: 'code_interpreter',
        code_interpreter: { ...python, outputs: [...python.outputs, image] },
      }),
      call({ type: 'file_search', file_search: { results } }),
      call({
        type: 'function',
        function: { name: 'display_quiz', arguments: JSON.stringify(quiz), output: '["2","Because",null]' },
      }),
      call({ type: 'function', function: { name: 'add', arguments: '{"a":1}', output: '3' } }),
    ];
    const dataUrl = 'data:image/png;base64,AA==';
    const markdown = markdownOf([messageOf('m1', {}), messageOf('m2', {})], {
      calls: new Map([['m2', calls]]),
      files: new Map([['file-plot', { id: 'file-plot', name: '/mnt/data/a [1].png', dataUrl }]]),
    });
    const between = markdown.slice(markdown.indexOf('Text of m1.'), markdown.indexOf('Text of m2.'));
    for (const part of [
      '**Ran Python**\n\n````python\nprint("```")\nplot()\n````\n\nOutput:\n\n```text\n1\n```',
      `![a  1 .png](${dataUrl})\n\n[a  1 .png](assistants-file:/file-plot/a%20%201%20.png)`,
      '**Searched the files**\n\n- no\\_tes.txt (0.87)',
      '**Quiz: Sums**\n\n1. 1 + 1?\n   - [ ] 1\n   - [x] 2\n\n2. Why?\n\n   Answer: Because\n\n3. Really?\n\n   *Skipped*',
      '**Called add**\n\n```json\n{\n  "a": 1\n}\n```\n\nOutput:\n\n```text\n3\n```',
    ]) {
      ok(between.includes(part), `${part}\n\nis missing from\n\n${between}`);
    }
  });

  it('says where a message or a call of a server cannot be shown, and shows the others', () => {
    const broken = [
      { content: null },
      { content: 'text' },
      { content: [null] },
      { content: [{ type: 'text' }] },
      { created_at: '2026-01-01T00:00:00Z' },
      { content: [{ type: 'audio' }] },
    ].map((fields, index) => messageOf(`b${index}`, fields));
    const calls = [
      null,
      'x',
      {},
      { type: 'code_interpreter' },
      { type: 'function' },
    ] as unknown as ToolCall[];
    const markdown = markdownOf([messageOf('m1', {}), ...broken, messageOf('m2', {})], {
      calls: new Map([['m2', calls]]),
      files: new Map(),
    });
    equal(markdown.split('This message cannot be shown.').length - 1, 4);
    equal(markdown.split('A part of this message cannot be shown.').length - 1, 1);
    equal(markdown.split('This tool call cannot be shown.').length - 1, 5);
    for (const text of ['Text of m1.', 'Text of b4.', 'Text of m2.']) ok(markdown.includes(text), text);
  });

  it('has the calls of runs where they were made, read from the service', async () => {
    const window = TestWindow.open();
    try {
      const { client: api, monitor } = window.services;
      const { id } = await window.createAssistant();
      const { id: threadId } = await api.beta.threads.create({
        messages: [{ role: 'user', content: 'Add.' }],
      });
      await api.beta.assistants.update(id, { tools: [{ type: 'function', function: { name: 'add' } }] });
      window.model.call('add', '{"a":1}');
      window.model.finish('tool_calls');
      const run = await monitor.start(threadId, { assistant_id: id });
      await until('it asks', () => monitor.newestRun(threadId)?.status === 'requires_action');
      window.model.say('Three.');
      window.model.finish();
      const { required_action: action } = await api.beta.threads.runs.retrieve(run.id, {
        thread_id: threadId,
      });
      const [asked] = action!.submit_tool_outputs.tool_calls;
      const outputs = [{ tool_call_id: asked!.id, output: '3' }];
      await api.beta.threads.runs.submitToolOutputs(run.id, { thread_id: threadId, tool_outputs: outputs });
      const messages = await until('it has answered', async () => {
        const { data } = await api.beta.threads.messages.list(threadId, { order: 'asc' });
        return data.at(-1)?.status === 'completed' && data.length === 2 ? data : undefined;
      });
      const parts = await new ConversationReader(api).read(threadId, messages);
      const markdown = markdownOf(messages, parts);
      match(markdown, /Add\.\s+\*\*Called add\*\*[^]+Output:[^]+3[^]+## [^]+Three\./);
    } finally {
      await window.close();
    }
  });

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
