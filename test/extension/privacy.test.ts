import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import http from 'node:http';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { refuseForeignConnections, type ForeignConnections } from './network';
import { ask, client, command, conversation, newThread, until } from './support';

// From before the first test to after the last one, whatever it tests.
let connections: ForeignConnections;

before(() => {
  connections = refuseForeignConnections();
});

after(() => {
  connections.release();
  deepEqual(connections.found, [], 'something wanted to leave this machine');
});

describe('with the demo model, nothing leaves the machine', () => {
  it('from the first assistant to the answer with code, files, a quiz and a selection', async () => {
    const api = await client();
    const tutor = await command<Assistant>('createAssistant', {
      name: 'Private Tutor',
      model: 'demo/tutor',
      tools: [{ type: 'code_interpreter' }, quiz],
    });
    const thread = await newThread('In private');
    await ask(thread.id, tutor.id, 'I need to solve the equation `3x + 11 = 14`. Can you help me?');
    await ask(thread.id, tutor.id, 'Could you explain this to me?');
    const coded = await ask(thread.id, tutor.id, 'Generate the first 20 fibbonaci numbers with code.');
    equal(coded.status, 'completed');
    match((await conversation(thread.id)).at(-1)?.text ?? '', /4181/);
    await api.files.create({ file: new File(['x'], 'private.txt'), purpose: 'assistants' });
    const run = await ask(thread.id, tutor.id, 'Make a quiz with 2 questions, and give me feedback.');
    equal(run.status, 'requires_action');
    await command('stopRun', { threadId: thread.id });
    await until('the run has stopped', async () => {
      const { status } = await api.beta.threads.runs.retrieve(run.id, { thread_id: thread.id });
      return status === 'cancelled';
    });
    const document = await vscode.workspace.openTextDocument({ content: 'const a = 1;' });
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(0, 0, 0, 12);
    await command<Run>('sendSelection', {
      question: 'What is this?',
      threadId: thread.id,
      assistantId: tutor.id,
      wait: true,
    });
    deepEqual(connections.found, []);
  });

  it('and a connection that did leave would be noticed', async () => {
    // From the address block for documentation, which nobody uses.
    const foreign = 'http://192.0.2.1:9/v1';
    const own = refuseForeignConnections();
    try {
      await command('addConnection', { id: 'foreign', label: 'Foreign', baseUrl: foreign });
      await rejects(command('testConnection', { connectionId: 'foreign' }), /Foreign/);
      await rejects(
        new Promise((_, reject) => http.get(foreign).on('error', reject)),
        /lets nothing leave the machine/,
      );
      match(own.found[0] ?? '', /^192\.0\.2\.1/);
      match(own.found.at(-1) ?? '', /^192\.0\.2\.1/);
    } finally {
      await command('removeConnection', { connectionId: 'foreign', confirm: false });
      own.release();
    }
  });
});

const quiz = {
  type: 'function',
  function: {
    name: 'display_quiz',
    parameters: {
      type: 'object',
      properties: { title: { type: 'string' }, questions: { type: 'array', items: { type: 'object' } } },
      required: ['title', 'questions'],
    },
  },
};
