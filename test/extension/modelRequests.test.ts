import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import type { ModelRequest } from '../../src/client/runs/modelRequests';
import { Network, RemoteServer, useServer } from './remote';
import { ask, client, command, createTutor, newThread, until } from './support';

/** The texts of the open documents of requests, by the names of their tabs. */
function shownTexts(): Record<string, string> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const shown = new Set(
    tabs.map(({ input }) => input instanceof vscode.TabInputText && input.uri.toString()),
  );
  const documents = vscode.workspace.textDocuments.filter(({ uri }) => shown.has(uri.toString()));
  return Object.fromEntries(
    documents.map((document) => [path.basename(document.uri.path), document.getText()]),
  );
}

interface Asked {
  instructions: string;
  messages: { content: { text: string }[] }[];
}

describe('the request to a model', () => {
  let tutor: Assistant;
  let threadId: string;
  let run: Run;

  before(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    tutor = await createTutor();
    threadId = (await newThread('Two and two')).id;
    run = await ask(threadId, tutor.id, 'Thank you!');
  });

  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('of a step opens beside what came back, both as documents that cannot be written to', async () => {
    const { beta } = await client();
    const { data } = await beta.threads.runs.steps.list(run.id, { thread_id: threadId });
    const request = await command<ModelRequest>('showModelRequest', {
      threadId,
      runId: run.id,
      stepId: data[0]?.id,
    });
    deepEqual(request.step_ids, [data[0]?.id]);
    const texts = shownTexts();
    deepEqual(Object.keys(texts).sort(), ['two-and-two-request.json', 'two-and-two-response.json']);
    const asked = JSON.parse(texts['two-and-two-request.json'] ?? '') as Asked;
    equal(asked.instructions, tutor.instructions);
    equal(asked.messages[0]?.content[0]?.text, 'Thank you!');
    match(texts['two-and-two-request.json'] ?? '', /\n {2}"instructions": /);
    match(texts['two-and-two-response.json'] ?? '', /"type": "finish"/);
    const active = vscode.window.activeTextEditor?.document;
    equal(path.basename(active?.uri.path ?? ''), 'two-and-two-request.json');
    equal(active?.languageId, 'json');
    await vscode.commands.executeCommand('type', { text: 'x' });
    equal(active?.getText(), texts['two-and-two-request.json']);
  });

  it('of a message is that of its step', async () => {
    const { beta } = await client();
    const { data } = await beta.threads.messages.list(threadId, { order: 'asc' });
    const [question, answer] = data;
    const request = await command<ModelRequest>('showModelRequest', { threadId, messageId: answer?.id });
    equal(request.run_id, run.id);
    await rejects(
      command('showModelRequest', { threadId, messageId: question?.id }),
      /not written by a model/,
    );
  });

  it('of a run is its newest, and one is chosen of those of a run that is chosen', async () => {
    const later = await ask(threadId, tutor.id, 'And now?');
    const newest = await command<ModelRequest>('showModelRequest', { threadId, runId: later.id });
    match(newest.request, /And now\?/);
    const chosen = command<ModelRequest>('showModelRequest', { threadId });
    let isShown = false;
    void chosen.then(() => (isShown = true));
    await until('a request is shown', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return isShown;
    });
    equal((await chosen).id, newest.id);
  });

  it('is found among the views of a step', async () => {
    const { createQuickPick } = vscode.window;
    let pick: vscode.QuickPick<vscode.QuickPickItem> | undefined;
    Object.assign(vscode.window, { createQuickPick: () => (pick = createQuickPick()) });
    try {
      const listed = command('viewRunSteps', { threadId, runId: run.id });
      await until('the request is shown', async () => {
        const item = pick?.items.find(({ label }) => label === 'Model Request');
        if (pick && item) {
          pick.activeItems = [item];
          // The list takes the selection over from the extension host.
          await delay(500);
        }
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        return Object.keys(shownTexts()).includes('two-and-two-request.json');
      });
      await listed;
    } finally {
      Object.assign(vscode.window, { createQuickPick });
    }
  });

  it('that is not kept, or of nothing, is not shown, and the reason is', async () => {
    const configuration = vscode.workspace.getConfiguration('assistantsStudio');
    const set = (value: number | undefined): Thenable<void> =>
      configuration.update('keepModelRequests', value, vscode.ConfigurationTarget.Global);
    await set(0);
    try {
      const unkept = await ask(threadId, tutor.id, 'Nothing is kept of this.');
      await rejects(command('showModelRequest', { threadId, runId: unkept.id }), /no longer kept/);
    } finally {
      await set(undefined);
    }
    await rejects(command('showModelRequest', { threadId, runId: 'run_none' }), /run_none/);
    await rejects(command('showModelRequest', { runId: run.id }), /specify the ID of its thread/);
    await rejects(command('showModelRequest', { threadId, stepId: 'step_1' }), /specify the ID of its run/);
  });
});

describe('the request to a model of a server', () => {
  it('is shown if the server has it, and else the server is said not to', async () => {
    const server = await RemoteServer.start();
    const network = await Network.before(server.baseUrl);
    const leave = await useServer(network.baseUrl);
    try {
      const tutor = await createTutor();
      const { id: threadId } = await newThread('Far away');
      const { id: runId } = await ask(threadId, tutor.id, 'Thank you!');
      const request = await command<ModelRequest>('showModelRequest', { threadId, runId });
      ok(request.request.includes('Thank you!'));
      network.hidden = /model_requests/;
      await rejects(command('showModelRequest', { threadId, runId }), /does not provide the requests/);
    } finally {
      await leave();
      await network.stop();
      await server.stop();
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    }
  });
});
