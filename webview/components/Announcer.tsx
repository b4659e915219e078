import { useEffect, useRef, useState } from 'preact/hooks';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { PendingCalls } from '../../src/protocol/functionCalls';
import { fill, usePanel } from '../context';
import { messageText } from './messages/messages';
import { openCount, pendingOf } from './calls/pendingCalls';
import { isActive, type PanelState } from '../state';
import { waitingTitle } from './calls/functions/FunctionCard';
import { statusInWords } from './composer/RunBar';

/**
 * Announces the run's status, and the complete answer, to screen readers. The message list is no live
 * region: each word of a stream would interrupt the one before.
 */
export function Announcer({ state }: { state: PanelState }) {
  const { strings } = usePanel();
  const [text, setText] = useState('');
  const { run, thread } = state.host;
  const runKey = run && `${run.id} ${run.status}`;
  const heard = useRef({ threadId: thread?.id, active: false });

  useEffect(() => {
    // Announce a run's end only if its start was announced. The first run of a new thread creates the thread.
    const { threadId, active } = heard.current;
    const wasHeard = active && (threadId === undefined || threadId === thread?.id);
    heard.current = { threadId: thread?.id, active: isActive(run) };
    if (run === undefined || !(isActive(run) || wasHeard)) return;
    const answer = run.status === 'completed' ? answerOf(state.messages, run.id) : undefined;
    setText(
      answer === undefined
        ? statusInWords(run.status, strings)
        : fill(strings.answerFinished, run.assistantName, messageText(answer)),
    );
    // eslint-disable-next-line react-hooks/exhaustive-deps -- messages change with each streamed word
  }, [runKey, thread?.id]);

  const pending = pendingOf(state);
  const errors = pending?.calls.flatMap(({ callId, error }) => (error ? [`${callId} ${error}`] : [])) ?? [];
  const pendingKey = pending && `${pending.runId} ${openCount(pending)} ${areSent(pending)} ${errors.join()}`;
  const heardCalls = useRef({ sent: false, errors });
  useEffect(() => {
    const before = heardCalls.current;
    heardCalls.current = { sent: pending !== undefined && areSent(pending), errors };
    if (pending === undefined) {
      if (before.sent) setText(strings.answersSent);
      return;
    }
    const failed = pending.calls.find(
      ({ callId, error }) => error && !before.errors.includes(`${callId} ${error}`),
    );
    const waiting = pending.calls.filter((call) => call.state === 'waiting');
    if (failed) setText(`${waitingTitle(failed, strings)} ${failed.error ?? ''}`);
    else if (waiting.length > 0 && run !== undefined) {
      const titles = waiting.map((call) => waitingTitle(call, strings)).join(', ');
      setText(fill(strings.callsAsk, run.assistantName, titles));
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- input in a form is not announced
  }, [pendingKey]);

  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}

/** Whether all the answers are being sent. */
function areSent({ calls }: PendingCalls): boolean {
  return calls.every(({ state }) => state === 'sending');
}

function answerOf(messages: Message[], runId: string): Message | undefined {
  return messages.findLast((message) => message.run_id === runId && message.role === 'assistant');
}
