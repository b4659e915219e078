import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { LLMock } from '@copilotkit/aimock';
import type { Workbench } from '../host/workbench';
import {
  answer,
  composer,
  connectionTo,
  createAssistant,
  equation,
  openAssistants,
  patience,
  runIs,
  saidBy,
  say,
  startModelServer,
  startThread,
} from './support';

/** Unique, so that it can be searched for in all files. */
const key = 'sk-e2e-4f9c2d71b85e4a6fa0c3';

describe('the walkthrough with a Chat Completions server', () => {
  let server: LLMock;
  let workbench: Workbench;

  before(async () => {
    server = await startModelServer();
    server.onMessage('3x + 11', { content: 'Subtract 11, divide by 3: **x = 1**.' });
    server.onMessage('explain this', { content: 'First take away 11 on both sides, then divide by three.' });
    server.onMessage('linear algebra', { content: 'Vectors and `matrices`.' });
    server.onMessage('like math', { content: 'Begin with what you can count.' });
    server.onMessage('Thank you', { content: 'You are welcome.' });
    workbench = await openAssistants({ settings: connectionTo(server) });
  });

  after(async () => {
    await workbench.close();
  });

  it('stores a key as a secret', async () => {
    await workbench.runCommand('Assistants: Set API Key…');
    const pick = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Mock' });
    if (
      await pick
        .first()
        .isVisible({ timeout: 1000 })
        .catch(() => false)
    )
      await pick.first().click();
    await workbench.answer(key);
  });

  it('creates a tutor on the model of the connection, typed by its id', async () => {
    await createAssistant(workbench, 'Math Tutor', 'You are a personal math tutor.', 'mock/gpt-test');
  });

  it('solves, explains, and continues in three threads', async () => {
    await say(workbench, equation);
    await workbench.chat.locator('strong', { hasText: 'x = 1' }).waitFor(patience);
    await runIs(workbench, 'Done');
    await say(workbench, 'Could you explain this to me?');
    await answer(workbench, 'then divide by three').waitFor(patience);
    await runIs(workbench, 'Done');
    for (const [question, words] of [
      ['Could you explain linear algebra to me?', 'matrices'],
      ["I don't like math. What can I do?", 'what you can count'],
    ] as const) {
      await startThread(workbench, 'Math Tutor');
      await say(workbench, question);
      await answer(workbench, words).waitFor(patience);
      await runIs(workbench, 'Done');
    }
    await say(workbench, 'Thank you!');
    await answer(workbench, 'You are welcome.').waitFor(patience);
  });

  it('sends the instructions and the history to the server', () => {
    const last = server.getLastRequest();
    const body = last?.body as { model: string; messages: { role: string; content: unknown }[] } | undefined;
    assert.equal(body?.model, 'gpt-test');
    assert.deepEqual(
      body.messages.map((message) => message.role),
      ['system', 'user', 'assistant', 'user'],
    );
  });

  it('explains an error of the server, keeps the message, and tries again', async () => {
    server.nextRequestError(401, {
      message: 'Incorrect API key provided: sk-e2e.',
      type: 'invalid_request_error',
    });
    await startThread(workbench, 'Math Tutor');
    await say(workbench, equation);
    const card = workbench.chat.getByRole('alert').filter({ hasText: 'Mock' });
    await card.waitFor(patience);
    assert.match(await card.innerText(), /401.*Incorrect API key/s);
    await card.getByRole('button', { name: 'Set API Key…' }).waitFor();
    assert.equal((await saidBy(workbench, 'You')).length, 1);

    await card.getByRole('button', { name: 'Retry' }).click();
    await workbench.chat.locator('strong', { hasText: 'x = 1' }).waitFor(patience);
    await runIs(workbench, 'Done');
    assert.equal((await saidBy(workbench, 'You')).length, 1);
  });

  it('shows a link in the server’s error message as text', async () => {
    const words =
      'Wrong. [Mend it](command:workbench.action.toggleZenMode) or [read](https://evil.example/).';
    server.nextRequestError(400, { message: words, type: 'invalid_request_error' });
    await startThread(workbench, 'Math Tutor');
    await say(workbench, equation);
    await runIs(workbench, 'Failed');
    const card = workbench.chat.getByRole('alert').filter({ hasText: 'Mend it' });
    assert.ok((await card.innerText()).includes(words));
    assert.equal(await card.locator('a').count(), 0);
  });

  it('says that the server cannot be reached, and keeps what is typed meanwhile', async () => {
    await server.stop();
    await say(workbench, 'Are you there?');
    const card = workbench.chat.getByRole('alert').filter({ hasText: 'could not be reached' });
    await card.waitFor({ timeout: 60_000 });
    await runIs(workbench, 'Failed');
    await composer(workbench.chat).fill('Still typing');
    assert.equal(await composer(workbench.chat).inputValue(), 'Still typing');
  });

  it('has written the key to no file of its data and logs', () => {
    const files = allFiles(workbench.dataDir);
    assert.ok(
      files.some((file) => file.endsWith('assistants.db')),
      'the database is among them',
    );
    assert.deepEqual(
      files.filter((file) => readFileSync(file).includes(key)),
      [],
    );
  });
});

function allFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
}
