import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { extensions, Network, RemoteServer, useServer } from './remote';
import { ask, client, command, conversation, createTutor, newThread, until } from './support';

const equation = 'I need to solve the equation `3x + 11 = 14`. Can you help me?';

/** Where the assistants are: the engine of the window, a server, and one that has the bare API alone. */
const places: Record<string, () => Promise<() => Promise<void>>> = {
  'by commands alone': () => Promise.resolve(() => Promise.resolve()),
  'on a server': () => useRemote(),
  'on a server without our additions': () => useRemote(extensions),
};

for (const [place, enter] of Object.entries(places)) {
  describe(place, () => {
    let leave: () => Promise<void>;

    before(async () => {
      leave = await enter();
    });

    after(() => leave());

    describe('the walkthrough', () => {
      let tutor: Assistant;

      before(async () => {
        tutor = await createTutor();
      });

      it('creates “Math Tutor” with its name, instructions and model', async () => {
        const stored = await (await client()).beta.assistants.retrieve(tutor.id);
        equal(stored.name, 'Math Tutor');
        match(stored.instructions ?? '', /personal math tutor/);
        equal(stored.model, 'demo/tutor');
      });

      it('makes the sample tutor once, however often it is asked for', async () => {
        const first = await command<Assistant>('createSampleAssistant');
        const second = await command<Assistant>('createSampleAssistant');
        equal(second.id, first.id);
        equal(first.name, 'Math Tutor');
      });

      it('copies an assistant’s id', async () => {
        equal(await command('copyId', { assistantId: tutor.id }), tutor.id);
        equal(await vscode.env.clipboard.readText(), tutor.id);
      });

      it('solves the equation, and explains it in the same thread', async () => {
        const thread = await newThread('The equation');
        const run = await ask(thread.id, tutor.id, equation);
        equal(run.status, 'completed');
        await ask(thread.id, tutor.id, 'Could you explain this to me?');
        const messages = await conversation(thread.id);
        deepEqual(
          messages.map(({ role }) => role),
          ['user', 'assistant', 'user', 'assistant'],
        );
        match(messages[1]?.text ?? '', /x = 1/);
        notEqual(messages[3]?.text, messages[1]?.text);
        match(messages[3]?.text ?? '', /x = 1/);
      });

      it('lets another assistant answer in the middle of a thread', async () => {
        const other = await createTutor('Second Tutor');
        const thread = await newThread('Two tutors');
        await ask(thread.id, tutor.id, equation);
        const run = await ask(thread.id, other.id, 'Thank you!');
        equal(run.assistant_id, other.id);
        equal(run.status, 'completed');
        await command('deleteAssistant', { assistantId: other.id, confirm: false });
      });

      it('runs three threads at once, and then thanks in the third', async () => {
        const questions = [
          equation,
          'Could you explain linear algebra to me?',
          "I don't like math. What can I do?",
        ];
        const threads = await Promise.all(questions.map((_, index) => newThread(`At once ${index + 1}`)));
        const runs = await Promise.all(
          questions.map((text, index) =>
            command<Run>('sendMessage', { threadId: threads[index]?.id, assistantId: tutor.id, text }),
          ),
        );
        const { runs: api } = (await client()).beta.threads;
        for (const run of runs) {
          await until('every run completes', async () => {
            const { status } = await api.retrieve(run.id, { thread_id: run.thread_id });
            return status === 'completed';
          });
        }
        const third = threads[2]!;
        equal((await ask(third.id, tutor.id, 'Thank you!')).status, 'completed');
        equal((await conversation(third.id)).length, 4);
        match((await conversation(threads[0]!.id))[1]?.text ?? '', /x = 1/);
      });

      it('stops a run', async () => {
        const thread = await newThread('To be stopped');
        await command('sendMessage', { threadId: thread.id, assistantId: tutor.id, text: equation });
        const run = await command<Run>('stopRun', { threadId: thread.id });
        const { runs } = (await client()).beta.threads;
        await until('the run is cancelled', async () => {
          return (await runs.retrieve(run.id, { thread_id: thread.id })).status === 'cancelled';
        });
      });

      it('says that there is nothing to stop', async () => {
        const thread = await newThread('Nothing to stop');
        await rejects(command('stopRun', { threadId: thread.id }), /No run is active in this thread/);
      });

      it('answers again when a run is retried', async () => {
        const thread = await newThread('Again');
        await ask(thread.id, tutor.id, equation);
        const run = await command<Run>('retryRun', { threadId: thread.id, wait: true });
        equal(run.status, 'completed');
        equal(run.assistant_id, tutor.id);
      });
    });

    describe('threads', () => {
      let tutor: Assistant;

      before(async () => {
        tutor = await createTutor('Tutor of Threads');
      });

      it('get their title from their first message, in whole words', async () => {
        const { id } = await (await client()).beta.threads.create();
        await ask(id, tutor.id, `${equation} I have tried for an hour and do not know how to go on.`);
        const title = await until('the thread has a title', () => titleOf(id));
        equal(title, 'I need to solve the equation 3x + 11 = 14. Can you help me?…');
      });

      it('keep the title they were given', async () => {
        const thread = await newThread('Mine');
        await ask(thread.id, tutor.id, equation);
        equal(await titleOf(thread.id), 'Mine');
        await command('renameThread', { threadId: thread.id, title: 'Still mine' });
        equal(await titleOf(thread.id), 'Still mine');
      });

      it('are gone after they were deleted', async () => {
        const thread = await newThread('Short-lived');
        await command('deleteThread', { threadId: thread.id, confirm: false });
        await rejects(command('openThread', { threadId: thread.id }), /No thread found with id/);
      });

      it('leave no empty thread behind if their first message is refused', async () => {
        const before = await threadCount();
        await command('deleteThread', { threadId: (await newThread('Shown')).id, confirm: false });
        await rejects(command('sendMessage', { assistantId: tutor.id, text: '' }));
        equal(await threadCount(), before);
      });

      it('are reused while they are empty', async () => {
        const first = await command<Thread>('newThread');
        const second = await command<Thread>('newThread');
        equal(second.id, first.id);
      });

      it('are not left behind empty', async () => {
        const api = await client();
        const empty = await command<Thread>('newThread');
        const other = await newThread('Another one');
        await until('it is gone', () =>
          api.beta.threads.retrieve(empty.id).then(
            () => false,
            () => true,
          ),
        );
        await command('openThread', { threadId: other.id });
        const used = await command<Thread>('newThread');
        await ask(used.id, tutor.id, equation);
        await command('openThread', { threadId: other.id });
        await command('openThread', { threadId: used.id });
        equal((await api.beta.threads.retrieve(used.id)).id, used.id);
      });
    });
  });
}

describe('a selection that is sent', () => {
  let tutor: Assistant;

  before(async () => {
    tutor = await createTutor('Tutor of Selections');
  });

  it('comes with the file’s name, its language and its lines', async () => {
    const thread = await newThread('Selection');
    await select('typescript', 'const a = 1;\nconst b = 2;\nconst c = 3;\n', [1, 0, 3, 0]);
    await command('sendSelection', {
      question: 'What is this?',
      threadId: thread.id,
      assistantId: tutor.id,
      wait: true,
    });
    const [message] = await conversation(thread.id);
    match(
      message?.text ?? '',
      /^What is this\?\n\nUntitled-\d+ lines 2–3:\n\n```typescript\nconst b = 2;\nconst c = 3;\n```$/,
    );
  });

  it('is fenced by more backticks than it contains', async () => {
    const thread = await newThread('Fences');
    await select('markdown', '````\ncode\n````', [0, 0, 2, 4]);
    await command('sendSelection', { question: '', threadId: thread.id, assistantId: tutor.id, wait: true });
    const [message] = await conversation(thread.id);
    ok(message?.text.endsWith('`````markdown\n````\ncode\n````\n`````'), message?.text);
  });

  it('is required', async () => {
    await select('plaintext', 'nothing selected', [0, 0, 0, 0]);
    await rejects(command('sendSelection', { question: '' }), /Select some code first/);
  });
});

/** Makes the window use the test's own server, without the hidden paths. */
async function useRemote(hidden?: RegExp): Promise<() => Promise<void>> {
  const server = await RemoteServer.start();
  const network = await Network.before(server.baseUrl);
  network.hidden = hidden;
  const leave = await useServer(network.baseUrl);
  return async () => {
    await leave();
    await network.stop();
    await server.stop();
  };
}

async function titleOf(threadId: string): Promise<string | undefined> {
  const thread = await (await client()).beta.threads.retrieve(threadId);
  return thread.metadata?.['title'];
}

async function threadCount(): Promise<number> {
  const page = await (await client()).get<{ data: unknown[] }>('/threads', { query: { limit: 100 } });
  return page.data.length;
}

async function select(
  language: string,
  content: string,
  [line, character, endLine, endCharacter]: [number, number, number, number],
): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language, content });
  const editor = await vscode.window.showTextDocument(document);
  editor.selection = new vscode.Selection(line, character, endLine, endCharacter);
}
