import assert from 'node:assert/strict';
import type { LLMock } from '@copilotkit/aimock';
import type { Workbench } from '../host/workbench';
import {
  answer,
  composer,
  connectionTo,
  createAssistant,
  openAssistants,
  patience,
  runIs,
  saidBy,
  say,
  startModelServer,
  startThread,
  threadRow,
} from './support';

const story = Array.from({ length: 60 }, (_, i) => `Sentence ${i + 1} of the story.`).join(' ');

describe('a window that is reloaded', () => {
  let server: LLMock;
  let workbench: Workbench;

  before(async () => {
    server = await startModelServer();
    // About eight seconds from the first word to the last.
    server.onMessage('story', { content: story }, { latency: 40, chunkSize: 8 });
    workbench = await openAssistants({ settings: connectionTo(server) });
    await createAssistant(workbench, 'Storyteller', 'Tell stories.', 'mock/teller');
  });

  after(async () => {
    await workbench.close();
    await server.stop();
  });

  it('in the middle of an answer shows the thread again and the answer to its end', async () => {
    await say(workbench, 'Tell me a story');
    await answer(workbench, 'Sentence 3 of the story.').waitFor(patience);
    await composer(workbench.chat).fill('A draft that is not sent');
    await workbench.reload();
    await runIs(workbench, 'Answering…');
    await workbench.chat.getByRole('article', { name: /^You,/ }).waitFor(patience);
    assert.equal((await saidBy(workbench, 'You')).length, 1);
    await runIs(workbench, 'Done');
    const [written] = await saidBy(workbench, 'Storyteller');
    assert.ok(written?.includes('Sentence 60 of the story.'));
    assert.equal(written?.split('Sentence 1 of the story.').length, 2, 'the beginning is there once');
    assert.equal(await composer(workbench.chat).inputValue(), 'A draft that is not sent');
  });

  it('continues a run in a thread that is not shown', async () => {
    const { chat } = workbench;
    await startThread(workbench, 'Storyteller');
    await say(workbench, 'Another story');
    await answer(workbench, 'Sentence 2 of the story.').waitFor(patience);
    await workbench.runCommand('Assistants: New Thread');
    await chat.getByText('1 other run in progress').waitFor(patience);
    await workbench.page.locator('.activitybar .badge', { hasText: '1' }).waitFor(patience);
    await workbench.reload();
    await workbench.page.locator('.activitybar .badge', { hasText: '1' }).waitFor(patience);
    await chat.getByText('1 other run in progress').waitFor({ ...patience, state: 'detached' });
    await threadRow(workbench, 'Another story').click();
    await runIs(workbench, 'Done');
    assert.match((await saidBy(workbench, 'Storyteller')).join(''), /Sentence 60 of the story\./);
  });

  it('keeps the partial answer of a run that is stopped', async () => {
    const { chat } = workbench;
    await startThread(workbench, 'Storyteller');
    await say(workbench, 'One more story');
    await answer(workbench, 'Sentence 2 of the story.').waitFor(patience);
    await chat.getByRole('button', { name: 'Stop' }).click();
    await runIs(workbench, 'Stopped');
    await chat.getByText('This answer ended early: the run was stopped.').waitFor();
    assert.match((await saidBy(workbench, 'Storyteller')).join(''), /Sentence 2 of the story\./);
  });
});
