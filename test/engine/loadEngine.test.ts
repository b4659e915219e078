import assert from 'node:assert/strict';
import { loadEngine } from '../../src/client/engine/loadEngine';
import { createEngine } from '../../src/engine/engine';

describe('the engine of a window', () => {
  it('is loaded in parts, between which the process does other work', async () => {
    const loading = loadEngine();
    let turns = 0;
    let turn = setImmediate(function next() {
      turns += 1;
      turn = setImmediate(next);
    });
    assert.equal((await loading).createEngine, createEngine);
    clearImmediate(turn);
    assert.ok(turns >= 4, `only ${turns} turns`);
  });
});
