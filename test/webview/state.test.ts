import assert from 'node:assert/strict';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import {
  canQueue,
  canSend,
  hasOlder,
  initialState,
  pageSize,
  reduce,
  shownMessages,
  type Action,
  type PanelState,
} from '../../webview/state';
import { atRest, code, conversation, growing, message, question, run, step, threadId } from './samples';

describe('the panel’s state', () => {
  it('shows the newest page of a thread, oldest first', () => {
    const state = opened(conversation(4));
    assert.deepEqual(ids(state), ['msg_0', 'msg_1', 'msg_2', 'msg_3']);
  });

  it('replaces a message that comes again and appends a new one', () => {
    const state = after(
      opened([message('a', 'one'), message('b', 'two')]),
      { type: 'message', threadId, message: message('a', 'changed') },
      { type: 'message', threadId, message: message('c', 'three') },
    );
    assert.deepEqual(texts(state), ['changed', 'two', 'three']);
  });

  it('appends deltas to the part they name, and begins a part that is not there yet', () => {
    const state = after(
      opened([growing('a')]),
      delta('a', 0, 'Hel'),
      delta('a', 0, 'lo'),
      delta('a', 1, '!'),
    );
    assert.deepEqual(
      state.messages[0]?.content.map((part) => part.type === 'text' && part.text.value),
      ['Hello', '!'],
    );
  });

  it('ignores a delta for a message it does not know, and one that leaves a gap', () => {
    const before = opened([growing('a')]);
    assert.equal(reduce(before, delta('b', 0, 'x')), before);
    assert.equal(reduce(before, delta('a', 3, 'x')), before);
  });

  it('leaves out what is no object, and appends to no part that is none', () => {
    const none = null as unknown as Message;
    const broken = { ...growing('b'), content: none as unknown as [] };
    const called = step('s', [code('1')]);
    const parts = [none, { type: 'text', text: null }] as unknown as Message['content'];
    const state = after(
      opened([none, broken, { ...growing('c'), content: parts }]),
      { type: 'message', threadId, message: none },
      { type: 'message', threadId, message: message('a', 'one') },
      { type: 'olderMessages', threadId, messages: [none, message('old', 'zero')], hasMore: false },
      delta('b', 0, 'Hello'),
      delta('c', 0, 'Hello'),
      delta('c', 1, 'Hello'),
      {
        type: 'steps',
        threadId,
        steps: [none, 'text', called] as unknown as RunStep[],
      },
    );
    assert.deepEqual(
      state.messages.map((one) => (one as Message | null)?.id),
      ['old', undefined, 'b', 'c', 'a'],
    );
    assert.deepEqual(state.messages[3]?.content, parts);
    assert.deepEqual([...state.steps.values()].flat(), [called]);
  });

  it('ignores what belongs to another thread', () => {
    const before = opened(conversation(2));
    const other = 'thread_other';
    const strange: Action[] = [
      { type: 'message', threadId: other, message: message('x', 'x') },
      { type: 'olderMessages', threadId: other, messages: conversation(2, 'x'), hasMore: false },
      { type: 'delta', threadId: other, messageId: 'msg_0', contentIndex: 0, text: 'x' },
    ];
    for (const action of strange) assert.equal(reduce(before, action), before);
  });

  it('accepts the first message of a thread that was just created', () => {
    const state = after(
      initialState(),
      { type: 'messages', threadId: null, messages: [], hasMore: false },
      { type: 'state', state: { loaded: true, assistants: [], otherRuns: 0, ...atRest } },
      { type: 'message', threadId, message: question('a', 'Hi') },
    );
    assert.deepEqual([ids(state), state.threadId], [['a'], threadId]);
  });

  it('does not change the state before', () => {
    const before = opened([growing('a')]);
    const copy = structuredClone(before);
    after(before, delta('a', 0, 'x'), { type: 'userTyped', text: 'y' }, { type: 'olderWanted' });
    assert.deepEqual(before, copy);
  });
});

describe('older messages', () => {
  it('come from the loaded messages first', () => {
    const many = conversation(pageSize + 10);
    const state = opened(many);
    assert.equal(shownMessages(state).length, pageSize);
    assert.ok(hasOlder(state));
    const more = after(state, { type: 'olderWanted' });
    assert.equal(shownMessages(more).length, pageSize + 10);
    assert.ok(!more.loadingOlder && !hasOlder(more));
  });

  it('then from the host, once each, on top', () => {
    const waiting = after(opened(conversation(2), true), { type: 'olderWanted' });
    assert.ok(waiting.loadingOlder);
    const older = [...conversation(2, 'old'), ...conversation(1)];
    const state = after(waiting, { type: 'olderMessages', threadId, messages: older, hasMore: false });
    assert.deepEqual(ids(state), ['old_0', 'old_1', 'msg_0', 'msg_1']);
    assert.ok(!state.loadingOlder && !hasOlder(state));
  });

  it('can be requested again after a failure', () => {
    const failed = after(
      opened(conversation(2), true),
      { type: 'olderWanted' },
      { type: 'olderNotLoaded', threadId },
    );
    assert.ok(failed.olderFailed && !failed.loadingOlder && hasOlder(failed));
    const again = after(failed, { type: 'olderWanted' });
    assert.ok(again.loadingOlder && !again.olderFailed);
  });
});

describe('the draft', () => {
  it('stays until the host has stored the message', () => {
    const sending = after(opened([]), typed('Hello'), { type: 'userSent', text: 'Hello' });
    assert.equal(sending.draft, 'Hello');
    assert.equal(after(sending, { type: 'sent' }).draft, '');
  });

  it('keeps what was typed while the message was being sent', () => {
    const state = after(
      opened([]),
      typed('Hello'),
      { type: 'userSent', text: 'Hello' },
      typed('Hello again'),
      { type: 'sent' },
    );
    assert.equal(state.draft, ' again');
  });

  it('stays with the reason when the message was not sent', () => {
    const state = after(
      opened([]),
      typed('Hello'),
      { type: 'userSent', text: 'Hello' },
      { type: 'notSent', reason: 'No.' },
    );
    assert.deepEqual([state.draft, state.notSent, canSend(state)], ['Hello', 'No.', true]);
    assert.equal(after(state, typed('Hello!')).notSent, undefined);
  });

  it('of the host replaces the one of another thread', () => {
    const saved = { threadId: 'thread_other', draft: 'for the other' };
    const state = after(initialState(saved), hostState(), { type: 'draft', text: 'for this one' });
    assert.equal(state.draft, 'for this one');
  });

  it('saved by the webview wins if the host’s copy is older', () => {
    const saved = { threadId, draft: 'Hello wor' };
    const state = after(initialState(saved), hostState(), { type: 'draft', text: 'Hello' });
    assert.equal(state.draft, 'Hello wor');
  });

  it('set by a command wins over the one saved by the webview', () => {
    const saved = { threadId, draft: 'Hello' };
    const state = after(initialState(saved), hostState(), { type: 'draft', text: 'Hello\n\nselection' });
    assert.equal(state.draft, 'Hello\n\nselection');
  });
});

describe('sending', () => {
  for (const status of ['queued', 'in_progress', 'requires_action'] as const) {
    it(`queues the message while a run is ${status}`, () => {
      const state = after(opened([]), hostState({ run: run({ status }) }));
      assert.ok(canSend(state) && canQueue(state));
    });
  }

  for (const status of ['sending', 'cancelling'] as const) {
    it(`waits while a run is ${status}`, () => {
      assert.ok(!canSend(after(opened([]), hostState({ run: run({ status }) }))));
    });
  }

  for (const status of ['completed', 'failed', 'cancelled', 'expired', 'incomplete'] as const) {
    it(`is possible after a run that is ${status}`, () => {
      assert.ok(canSend(after(opened([]), hostState({ run: run({ status }) }))));
    });
  }

  it('needs an assistant', () => {
    assert.ok(!canSend(after(opened([]), hostState({ assistantId: undefined }))));
  });
});

function opened(messages: PanelState['messages'], hasMore = false): PanelState {
  return after(initialState(), hostState(), { type: 'messages', threadId, messages, hasMore });
}

function hostState(changes: Partial<PanelState['host']> = {}): Action {
  return { type: 'state', state: { loaded: true, assistants: [], otherRuns: 0, ...atRest, ...changes } };
}

function typed(text: string): Action {
  return { type: 'userTyped', text };
}

function delta(messageId: string, contentIndex: number, text: string): Action {
  return { type: 'delta', threadId, messageId, contentIndex, text };
}

function after(state: PanelState, ...actions: Action[]): PanelState {
  return actions.reduce(reduce, state);
}

function ids(state: PanelState): string[] {
  return state.messages.map(({ id }) => id);
}

function texts(state: PanelState): string[] {
  return state.messages.map(({ content: [part] }) => (part?.type === 'text' ? part.text.value : ''));
}
