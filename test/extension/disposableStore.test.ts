import { deepEqual } from 'node:assert/strict';
import { DisposableStore } from '../../src/client/disposableStore';

describe('a disposable store', () => {
  const items = () => {
    const disposed: string[] = [];
    return { disposed, item: (name: string) => ({ dispose: () => void disposed.push(name) }) };
  };

  it('disposes what it holds, once and in order', () => {
    const { disposed, item } = items();
    const store = new DisposableStore();
    store.add(item('first'), item('second'));
    store.add(item('third'));
    deepEqual(disposed, []);
    store.dispose();
    store.dispose();
    deepEqual(disposed, ['first', 'second', 'third']);
  });

  it('disposes at once what comes after its end', () => {
    const { disposed, item } = items();
    const store = new DisposableStore();
    store.dispose();
    store.add(item('late'));
    deepEqual(disposed, ['late']);
  });
});
