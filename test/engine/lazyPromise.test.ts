import assert from 'node:assert/strict';
import { lazyPromise } from '../../src/engine/process/lazyPromise';

describe('a value that is loaded when it is first needed', () => {
  it('is loaded once, and again only after a failure', async () => {
    const results = [() => Promise.reject(new Error('No such file.')), () => Promise.resolve('value')];
    let loads = 0;
    const load = lazyPromise(() => results[loads++]!());
    const failed = [load(), load()];
    for (const each of failed) await assert.rejects(each, /No such file/);
    assert.deepEqual(await Promise.all([load(), load()]), ['value', 'value']);
    assert.equal(loads, 2);
  });
});
