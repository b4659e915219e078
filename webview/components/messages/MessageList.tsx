import type { Message } from 'openai/resources/beta/threads/messages';
import { useRef } from 'preact/hooks';
import type { AssistantOption, RunView } from '../../../src/protocol/chat';
import type { PendingCall, PendingCalls } from '../../../src/protocol/functionCalls';
import { usePanel } from '../../context';
import { authorOf } from './messages';
import { isOpen, openCount, pendingFor, pendingWithoutStep } from '../calls/pendingCalls';
import { isActive, type BranchesOfThread, type PanelState, type StepsByRun } from '../../state';
import { timeline, type CallItem } from './timeline';
import { CallCard } from '../calls/CallCard';
import { BrokenCall, BrokenMessage } from '../errors/BrokenCard';
import { ErrorBoundary } from '../errors/ErrorBoundary';
import { FunctionCard } from '../calls/functions/FunctionCard';
import { DownIcon } from '../ui/icons';
import { usePosition } from './keptPosition';
import { MessageView } from './MessageView';
import { Reasoning } from './Reasoning';
import { useMarked } from './markedMessage';
import { useFollow, useLoadOlder } from './scrolling';
import { Link } from '../ui/Link';
import { ProgressRing } from '../ui/ProgressRing';
import './MessageList.css';

export interface MessageListProps {
  /** The messages to render, oldest first. */
  messages: Message[];
  steps: StepsByRun;
  /** The function calls that wait for outputs. */
  pending: PendingCalls | undefined;
  run: RunView | undefined;
  threadId: string | null;
  assistants: AssistantOption[];
  hasOlder: boolean;
  loadingOlder: boolean;
  olderFailed: boolean;
  /** The places at which other branches of the conversation differ. */
  branches: BranchesOfThread;
  /** The message whose branches get the focus. */
  branchFocus: string | undefined;
  /** The message to scroll to and mark. */
  marked: PanelState['marked'];
}

/** The conversation: scrolls along with new content, and loads older messages at the top. */
export function MessageList(props: MessageListProps) {
  const { messages, steps, pending, run, threadId, assistants, hasOlder, loadingOlder, olderFailed } = props;
  const { branches, branchFocus, marked } = props;
  const { points, elsewhere } = branches;
  const { panel, strings } = usePanel();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLDivElement>(null);

  const lastOwn = messages.findLast(({ role }) => role === 'user')?.id;
  const { following, follow } = useFollow({
    scroller,
    content,
    restart: `${threadId} ${lastOwn}`,
    waitingFor: pending?.runId,
  });
  usePosition({ panel, scroller, threadId, following, firstId: messages[0]?.id, hasOlder });
  useMarked({ panel, scroller, marked, firstId: messages[0]?.id, hasOlder });
  const items = timeline(messages, steps);
  const newest = items.findLast(({ kind }) => kind === 'call');
  useLoadOlder({
    scroller,
    content,
    top,
    firstId: messages[0]?.id,
    hasOlder,
    asking: hasOlder && !loadingOlder && !olderFailed,
    loadOlder: () => panel.loadOlder(),
  });

  return (
    <>
      <div
        ref={scroller}
        class={following ? 'message-scroller message-scroller-following' : 'message-scroller'}
        role="log"
        aria-live="off"
        aria-label={strings.messages}
        tabIndex={0}
      >
        <div ref={content} class="message-list">
          {hasOlder && (
            <div ref={top} class="message-older">
              {loadingOlder ? (
                <>
                  <ProgressRing />
                  {strings.loading}
                </>
              ) : (
                <Link onClick={() => panel.loadOlder()}>{strings.loadOlder}</Link>
              )}
            </div>
          )}
          {items.map((item) => {
            switch (item.kind) {
              case 'call':
                return (
                  <ErrorBoundary key={item.key} of={item.step} fallback={() => <BrokenCall />}>
                    <Call item={item} pending={pending} run={run} isNewest={item === newest} />
                  </ErrorBoundary>
                );
              case 'brokenCall':
                return <BrokenCall key={item.key} />;
              case 'reasoning':
                return (
                  <ErrorBoundary key={item.key} of={item.step} fallback={() => <BrokenCall />}>
                    <Reasoning step={item.step} />
                  </ErrorBoundary>
                );
              case 'message':
                return (
                  <ErrorBoundary
                    key={item.message.id}
                    of={item.message}
                    fallback={() => <BrokenMessage message={item.message} />}
                  >
                    <MessageView
                      message={item.message}
                      author={authorOf(item.message, assistants, strings)}
                      omitted={item.omitted.join()}
                      point={points.get(item.message.id)}
                      branchFocused={branchFocus === item.message.id}
                      marked={marked?.id === item.message.id}
                    />
                  </ErrorBoundary>
                );
            }
          })}
          {pendingWithoutStep(items, pending).map((call) => (
            <FunctionCard key={call.callId} waiting={waitingCall(call, pending)} isNewest runEnded={false} />
          ))}
          {elsewhere !== undefined && !isActive(run) && (
            <p class="message-elsewhere">
              {strings.continuesElsewhere}{' '}
              <Link
                onClick={() =>
                  panel.post({
                    type: 'showBranch',
                    threadId: elsewhere.thread_id,
                    messageId: elsewhere.message_id,
                  })
                }
              >
                {strings.showBranch}
              </Link>
            </p>
          )}
        </div>
      </div>
      {!following && (
        <button type="button" class="jump-to-latest" onClick={follow}>
          <DownIcon />
          {strings.jumpToLatest}
        </button>
      )}
    </>
  );
}

interface CallProps {
  item: CallItem;
  pending: PendingCalls | undefined;
  run: RunView | undefined;
  /** Whether it is the last call of the conversation. */
  isNewest: boolean;
}

function Call({ item, pending, run, isNewest }: CallProps) {
  const { step, call, isLast } = item;
  if (call.type !== 'function')
    return <CallCard step={step} call={call} isLast={isLast} isNewest={isNewest} />;
  const waiting = waitingCall(pendingFor(item, pending), pending);
  const runEnded = run?.id === step.run_id && !isActive(run);
  return (
    <FunctionCard made={{ step, call, isLast }} waiting={waiting} isNewest={isNewest} runEnded={runEnded} />
  );
}

/** A pending call, with the number of other open calls of the run. */
function waitingCall(call: PendingCall | undefined, pending: PendingCalls | undefined) {
  if (call === undefined || pending === undefined) return undefined;
  return { runId: pending.runId, call, othersOpen: openCount(pending) - (isOpen(call) ? 1 : 0) };
}
