import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { PacedReports } from '../../src/engine/runs/writing/pacedReports';

describe('reports of a stream', () => {
  /** Adds text at each millisecond for some milliseconds; its readers take a while for each report. Returns the lengths reported. */
  async function stream(milliseconds: number, busy: (report: number) => number): Promise<number[]> {
    const reported: number[] = [];
    let length = 0;
    const reports = new PacedReports(() => {
      reports.made();
      reported.push(length);
      length = 0;
      const end = performance.now() + busy(reported.length);
      while (performance.now() < end);
    });
    const end = performance.now() + milliseconds;
    let added = 0;
    for (; performance.now() < end; added += 1) {
      reports.add(1);
      length += 1;
      await sleep(1);
    }
    while (length > 0) await sleep(1);
    assert.equal(
      reported.reduce((sum, one) => sum + one, 0),
      added,
    );
    return reported;
  }

  it('take at most half of the time when their readers are many', async () => {
    const { length } = await stream(600, () => 50);
    assert.ok(length <= 7, `${length} reports`);
  });

  it('start with the first text alone, and wait no longer than a tenth of a second, however long the last one took', async () => {
    const [first, ...others] = await stream(1_500, (report) => (report === 1 ? 1_000 : 0));
    assert.equal(first, 1);
    assert.ok(others.length > 1, `${others.length} later reports`);
  });
});
