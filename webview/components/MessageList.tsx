import type { Message } from 'openai/resources/beta/threads/messages';
import { useRef } from 'preact/hooks';
import type { AssistantOption } from '../../src/protocol/chat';
import { usePanel } from '../context';
import { authorOf } from '../messages';
import type { StepsByRun } from '../state';
import { timeline } from '../timeline';
import { CallCard } from './CallCard';
import { DownIcon } from './icons';
import { MessageView } from './MessageView';
import { useFollow, useLoadOlder } from './scrolling';
import { Link } from './ui/Link';
import { ProgressRing } from './ui/ProgressRing';
import './MessageList.css';

export interface MessageListProps {
  /** Those in the page, oldest first; at least one. */
  messages: Message[];
  steps: StepsByRun;
  threadId: string | null;
  assistants: AssistantOption[];
  hasOlder: boolean;
  loadingOlder: boolean;
  olderFailed: boolean;
}

/** The conversation: follows what is written at its end, and grows upwards when scrolled there. */
export function MessageList(props: MessageListProps) {
  const { messages, steps, threadId, assistants, hasOlder, loadingOlder, olderFailed } = props;
  const { panel, strings } = usePanel();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLDivElement>(null);

  const lastOwn = messages.findLast(({ role }) => role === 'user')?.id;
  const { following, follow } = useFollow(scroller, content, `${threadId} ${lastOwn}`);
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
          {timeline(messages, steps).map((item) =>
            item.kind === 'call' ? (
              <CallCard key={item.key} step={item.step} call={item.call} isLast={item.isLast} />
            ) : (
              <MessageView
                key={item.message.id}
                message={item.message}
                author={authorOf(item.message, assistants, strings)}
              />
            ),
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
