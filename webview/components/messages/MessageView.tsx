import type { Message, MessageContent, Text } from 'openai/resources/beta/threads/messages';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { BranchPoint } from '../../../src/protocol/chat';
import { citedPassages, withoutOpenMark } from '../citations/citations';
import { fill, usePanel } from '../../context';
import { isOpenable } from '../../markdown/parser';
import { memo } from '../../memo';
import { BranchSwitch } from './BranchSwitch';
import { incompleteReason, isEmpty, omittedInWords } from './messages';
import { MessageEditor } from './MessageEditor';
import { MessageToolbar } from './MessageToolbar';
import { fileOfLink, withFileLinks, writtenFiles } from '../../markdown/sandboxLinks';
import { AttachedFiles } from '../files/AttachedFiles';
import { CitedBody } from '../citations/CitedBody';
import { FileImage } from '../files/FileImage';
import { Markdown } from './Markdown';
import { Sources } from '../citations/Sources';
import { webSources } from '../citations/webCitations';
import { WebSources } from '../citations/WebSources';
import { Link } from '../ui/Link';
import { usePathLinks } from './usePathLinks';
import { UserText } from './UserText';
import { WrittenFiles } from '../files/WrittenFiles';
import './MessageView.css';

export interface MessageViewProps {
  message: Message;
  author: string;
  /** What the model did not accept: names of parameters, `images`; separated by commas. */
  omitted?: string;
  /** The branches of the conversation that differ here. */
  point?: BranchPoint;
  /** Whether its branches get the focus. */
  branchFocused?: boolean;
  /** Whether it was searched for. */
  marked?: boolean;
}

/** One message of the conversation. */
export const MessageView = memo(function MessageView(props: MessageViewProps) {
  const { message, author, omitted = '', point, branchFocused = false, marked = false } = props;
  const { strings, shortTime, fullTime } = usePanel();
  const time = shortTime(message.created_at);
  const reason = incompleteReason(message, strings);
  const growing = message.status === 'in_progress';
  const cited = useMemo(() => citedPassages(message), [message]);
  const web = useMemo(() => webSources(message), [message]);
  const [isEdited, setEdited] = useState(false);
  const root = useRef<HTMLElement>(null);
  const stopEditing = () => {
    setEdited(false);
    root.current?.querySelector<HTMLElement>('.message-actions button')?.focus();
  };

  return (
    <article
      ref={root}
      class={classOf(message, marked)}
      // It gets the focus when it is scrolled to.
      tabIndex={marked ? -1 : undefined}
      data-id={message.id}
      aria-label={fill(strings.messageBy, author, time)}
      aria-busy={growing}
    >
      <div class="message-head">
        <span class="message-author" title={fullTime(message.created_at)}>
          {author}
        </span>
        <time
          class="message-time"
          dateTime={new Date(message.created_at * 1000).toISOString()}
          title={fullTime(message.created_at)}
        >
          {time}
        </time>
        <MessageToolbar message={message} onEdit={() => setEdited(true)} />
      </div>
      {isEdited && <MessageEditor message={message} onCancel={stopEditing} />}
      {!isEdited && (
        <CitedBody message={message} cited={cited} web={web}>
          {message.content.map((part, index) => (
            <div key={index} class="message-part">
              <Part part={part} byUser={message.role === 'user'} growing={growing} messageId={message.id} />
            </div>
          ))}
          {growing && message.content.length === 0 && <div class="message-waiting">…</div>}
          {!growing && isEmpty(message) && <EmptyNote message={message} />}
          <AttachedFiles message={message} />
          {cited.size > 0 && !growing && <Sources message={message} cited={cited} />}
          {web.length > 0 && !growing && <WebSources sources={web} />}
        </CitedBody>
      )}
      {point !== undefined && (
        <BranchSwitch point={point} threadId={message.thread_id} focused={branchFocused} />
      )}
      {reason !== undefined && <p class="message-note">{reason}</p>}
      {omittedInWords(omitted, strings).map((words) => (
        <p key={words} class="message-omitted">
          {words}
        </p>
      ))}
    </article>
  );
});

/** Says that a message has nothing in it; an answer can be asked for again. */
function EmptyNote({ message: { id: messageId, role } }: { message: Message }) {
  const { panel, strings } = usePanel();
  // A thread that only tries an assistant has no branches.
  const canRetry = role === 'assistant' && !panel.state.host.isTrial;
  return (
    <p class="message-note">
      {strings.emptyMessage}{' '}
      {canRetry && (
        <Link onClick={() => panel.post({ type: 'regenerate', messageId, choose: false })}>
          {strings.retry}
        </Link>
      )}
    </p>
  );
}

function classOf({ role }: Message, marked: boolean): string {
  const own = role === 'user' ? 'message message-user' : 'message';
  return marked ? `${own} message-marked` : own;
}

interface PartProps {
  part: MessageContent;
  byUser: boolean;
  growing: boolean;
  messageId: string;
}

function Part({ part, byUser, growing, messageId }: PartProps) {
  const { strings } = usePanel();
  switch (part.type) {
    case 'text':
      return byUser ? (
        <UserText text={part.text.value} />
      ) : (
        <TextPart text={part.text} growing={growing} messageId={messageId} />
      );
    case 'refusal':
      return (
        <div class="message-refusal">
          <p>{strings.refused}</p>
          <Markdown text={part.refusal} growing={growing} />
        </div>
      );
    case 'image_file':
      return <FileImage fileId={part.image_file.file_id} />;
    case 'image_url':
      return <ImageLink url={part.image_url.url} />;
    default:
      return <p class="message-note">{strings.partBroken}</p>;
  }
}

/** A text of a model, and the files it links to. */
function TextPart({ text, growing, messageId }: { text: Text; growing: boolean; messageId: string }) {
  const { panel } = usePanel();
  const root = useRef<HTMLDivElement>(null);
  usePathLinks(root, { messageId, text: text.value, growing });
  const value = growing ? withoutOpenMark(text.value) : text.value;
  const files = useMemo(() => writtenFiles(text.annotations), [text.annotations]);

  const openLinkedFile = (event: MouseEvent) => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    const file = link && fileOfLink(link.getAttribute('href') ?? '', files);
    if (file && event.button === 0) panel.post({ type: 'openFile', fileId: file.fileId });
  };

  return (
    <div ref={root} onClick={openLinkedFile}>
      <Markdown text={withFileLinks(value, files)} growing={growing} />
      {files.length > 0 && <WrittenFiles files={files} />}
    </div>
  );
}

/** A link, because loading the image would tell its server who reads the message, and when. */
function ImageLink({ url }: { url: string }) {
  const { panel, strings } = usePanel();
  if (typeof url !== 'string') return <p class="message-note">{strings.partBroken}</p>;
  const label = fill(strings.imageLink, url);
  if (!isOpenable(url)) return <span class="message-image">{label}</span>;
  return <Link onClick={() => panel.post({ type: 'openLink', url })}>{label}</Link>;
}
