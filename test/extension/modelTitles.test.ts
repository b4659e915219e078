import { equal } from 'node:assert/strict';
import { ModelTitles } from '../../src/client/runs/modelTitles';
import { storedTitle } from '../../src/client/objects/titles';
import { TestWindow, type Panel } from './window';
import { until } from './support';

describe('the title of a thread, where the user lets the model write it', () => {
  let window: TestWindow;
  let titles: ModelTitles;
  let isWanted: boolean;
  const log: string[] = [];

  beforeEach(() => {
    window = TestWindow.open();
    isWanted = true;
    log.length = 0;
    const { client, monitor } = window.services;
    titles = new ModelTitles(
      client,
      monitor,
      (message) => log.push(message),
      () => isWanted,
    );
  });
  afterEach(async () => {
    titles.dispose();
    await window.close();
  });

  async function askFirst(text: string): Promise<{ panel: Panel; threadId: string }> {
    const { id } = await window.createAssistant();
    const panel = window.openChat({ assistantId: id });
    panel.post({ type: 'ready' });
    await until('the panel is ready', () => panel.state?.loaded);
    await panel.ask('send', { text });
    await panel.hasRun('in_progress');
    window.model.say('Subtract 11, then divide by 3.');
    window.model.finish();
    await panel.hasRun('completed');
    const { threadId } = panel.session.selection;
    return { panel, threadId: threadId! };
  }

  const titleOf = async (threadId: string) =>
    storedTitle(await window.services.client.beta.threads.retrieve(threadId));

  it('is written after the first answer, and not after the next ones', async () => {
    const { panel, threadId } = await askFirst('How do I solve 3x + 11 = 14?');
    window.model.say('Linear equations');
    window.model.finish();
    await until('the title is written', async () => (await titleOf(threadId)) === 'Linear equations');
    await panel.ask('send', { text: 'Thanks!' });
    await until('it is asked again', () => panel.state?.run?.status === 'in_progress');
    window.model.say('You are welcome.');
    window.model.finish();
    await panel.hasRun('completed');
    equal(await titleOf(threadId), 'Linear equations');
  });

  it('stays that of the first message where the model fails, and where it is not wanted', async () => {
    const first = await askFirst('How do I solve 3x + 11 = 14?');
    window.model.fail(new Error('overloaded'));
    await until('the failure is logged', () => log.some((line) => line.includes('wrote no title')));
    equal(await titleOf(first.threadId), 'How do I solve 3x + 11 = 14?');
    isWanted = false;
    const second = await askFirst('What is a matrix?');
    equal(await titleOf(second.threadId), 'What is a matrix?');
  });
});
