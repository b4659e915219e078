import { useEffect, useRef, useState } from 'preact/hooks';
import type { QueuedView, QueueView } from '../../../src/protocol/chat';
import { fill, usePanel } from '../../context';
import { displayName } from '../files/fileNames';
import { CloseIcon, EditIcon } from '../ui/icons';
import { EditBox } from '../ui/EditBox';
import { IconButton } from '../ui/IconButton';
import { TextButton } from '../ui/TextButton';
import { AttachmentChip } from './AttachmentChips';
import { ContextChip } from './ContextChips';
import './Queue.css';

/** The messages that are sent when the run ends: each can be edited and removed. */
export function Queue({ queue }: { queue: QueueView | undefined }) {
  const { panel, strings } = usePanel();
  const [edited, setEdited] = useState<readonly string[]>([]);
  if (queue === undefined) return null;
  const { messages, waits } = queue;
  // What is being written would not be sent.
  const canSend = waits !== undefined && !messages.some(({ id }) => edited.includes(id));
  return (
    <section class="queue" aria-label={strings.queue}>
      <p class="queue-note" role="status">
        <span class="queue-words">{waits ?? strings.queued}</span>
        {canSend && (
          <TextButton onClick={() => panel.post({ type: 'sendQueued' })}>{strings.sendQueued}</TextButton>
        )}
      </p>
      <ul class="queue-list">
        {messages.map((message) => (
          <QueuedMessage
            key={message.id}
            message={message}
            isEdited={edited.includes(message.id)}
            onEdit={() => setEdited([...edited, message.id])}
            onClose={() => setEdited(edited.filter((id) => id !== message.id))}
          />
        ))}
      </ul>
    </section>
  );
}

interface QueuedMessageProps {
  message: QueuedView;
  isEdited: boolean;
  onEdit: () => void;
  onClose: () => void;
}

function QueuedMessage({ message, isEdited, onEdit, onClose }: QueuedMessageProps) {
  const { panel, strings } = usePanel();
  const { id, text, context, attachments } = message;
  const parts = [...context.map(({ label }) => label), ...attachments.map(({ name }) => name)];
  const words = [text.trim(), ...parts.map(displayName)].filter(Boolean).join(' · ');
  const short = words.length > 80 ? `${words.slice(0, 80)}…` : words;

  function close(): void {
    onClose();
    panel.focusComposer();
  }

  if (isEdited) {
    return (
      <li>
        <QueuedEditor message={message} onClose={close} />
      </li>
    );
  }
  return (
    <li class="queue-message">
      <div class="queue-content">
        {text.trim() !== '' && (
          <span class="queue-text" dir="auto" title={text.trim()}>
            {text.trim()}
          </span>
        )}
        <QueuedParts context={context} attachments={attachments} />
      </div>
      <IconButton label={fill(strings.editQueued, short)} onClick={onEdit}>
        <EditIcon />
      </IconButton>
      <IconButton
        label={fill(strings.removeQueued, short)}
        onClick={() => {
          panel.post({ type: 'removeQueued', id });
          panel.focusComposer();
        }}
      >
        <CloseIcon />
      </IconButton>
    </li>
  );
}

/** Edits the words of a queued message; what goes with them can be removed. */
function QueuedEditor({ message, onClose }: { message: QueuedView; onClose: () => void }) {
  const { panel, strings } = usePanel();
  const [removed, setRemoved] = useState<readonly string[]>([]);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => panel.holdQueue(), [panel]);
  const context = message.context.filter(({ id }) => !removed.includes(id));
  const attachments = message.attachments.filter(({ id }) => !removed.includes(id));

  function remove(id: string): void {
    setRemoved([...removed, id]);
    // The button that has the focus goes.
    box.current?.querySelector('textarea')?.focus();
  }

  return (
    <div ref={box}>
      <EditBox
        label={strings.editedMessage}
        text={message.text}
        submitLabel={strings.editSave}
        canBeEmpty={context.length > 0 || attachments.some(({ isImage }) => isImage)}
        onSubmit={(text) => {
          panel.post({ type: 'editQueued', id: message.id, text, removed: [...removed] });
          onClose();
          return Promise.resolve();
        }}
        onCancel={onClose}
      >
        <QueuedParts context={context} attachments={attachments} onRemove={remove} />
      </EditBox>
    </div>
  );
}

interface QueuedPartsProps extends Pick<QueuedView, 'context' | 'attachments'> {
  /** Unset if they cannot be removed. */
  onRemove?: (id: string) => void;
}

/** The context and the files of a queued message. */
function QueuedParts({ context, attachments, onRemove }: QueuedPartsProps) {
  const { strings } = usePanel();
  const removal = (id: string) => onRemove && (() => onRemove(id));
  return (
    <>
      {context.length > 0 && (
        <ul class="attachments" aria-label={strings.context}>
          {context.map((item) => (
            <ContextChip key={item.id} item={item} onRemove={removal(item.id)} />
          ))}
        </ul>
      )}
      {attachments.length > 0 && (
        <ul class="attachments" aria-label={strings.attachments}>
          {attachments.map((file) => (
            <AttachmentChip key={file.id} attachment={file} fileTools={[]} onRemove={removal(file.id)} />
          ))}
        </ul>
      )}
    </>
  );
}
