import assert from 'node:assert/strict';
import { showIndexUpdates } from '../../src/client/engine/indexUpdates';
import type { withStatusProgress } from '../../src/client/errors/notices';

describe('the update of an earlier version’s search index', () => {
  it('is shown in the status bar while it goes on, and not without one', async () => {
    const shown: string[] = [];
    const tasks: Promise<unknown>[] = [];
    const show: typeof withStatusProgress = async (title, task) => {
      // As VS Code does, later.
      await Promise.resolve();
      shown.push(title);
      const ended = Promise.resolve(task({ report: ({ message }) => shown.push(message ?? '') }));
      tasks.push(ended);
      return ended;
    };
    const update = showIndexUpdates(show);
    update('vectors', 1);
    update('words', 0);
    update('words', 0.07);
    await Promise.resolve();
    assert.deepEqual(shown, ['Updating the search index of files', '7 %']);
    update('words', 0.5);
    update('words', 1);
    assert.equal(shown.at(-1), '50 %');
    assert.equal(tasks.length, 1);
    await tasks[0];
  });
});
