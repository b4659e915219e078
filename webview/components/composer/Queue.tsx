import { useState } from 'preact/hooks';
import type { QueueView } from '../../../src/protocol/chat';
import { fill, usePanel } from '../../context';
import { CloseIcon, EditIcon } from '../ui/icons';
import { EditBox } from '../ui/EditBox';
import { IconButton } from '../ui/IconButton';
import { TextButton } from '../ui/TextButton';
import './Queue.css';

/** The messages that are sent when the run ends: each can be edited and removed. */
export function Queue({ queue }: { queue: QueueView | undefined }) {
  const { panel, strings } = usePanel();
  if (queue === undefined) return null;
  return (
    <section class="queue" aria-label={strings.queue}>
      <p class="queue-note" role="status">
        <span class="queue-words">{queue.waits ?? strings.queued}</span>
        {queue.waits !== undefined && (
          <TextButton onClick={() => panel.post({ type: 'sendQueued' })}>{strings.sendQueued}</TextButton>
        )}
      </p>
      <ul class="queue-list">
        {queue.messages.map((message) => (
          <QueuedMessage key={message.id} message={message} />
        ))}
      </ul>
    </section>
  );
}

function QueuedMessage({ message: { id, text, files } }: { message: QueueView['messages'][number] }) {
  const { panel, strings } = usePanel();
  const [isEdited, setEdited] = useState(false);
  const words = [text.trim(), ...files].filter(Boolean).join(' · ');
  const short = words.length > 80 ? `${words.slice(0, 80)}…` : words;

  function close(): void {
    setEdited(false);
    panel.focusComposer();
  }

  if (isEdited) {
    return (
      <li>
        <EditBox
          label={strings.editedMessage}
          text={text}
          submitLabel={strings.editSave}
          canBeEmpty={files.length > 0}
          onSubmit={(edited) => {
            panel.post({ type: 'editQueued', id, text: edited });
            close();
            return Promise.resolve();
          }}
          onCancel={close}
        />
      </li>
    );
  }
  return (
    <li class="queue-message">
      <span class="queue-text" dir="auto" title={words}>
        {words}
      </span>
      <IconButton label={fill(strings.editQueued, short)} onClick={() => setEdited(true)}>
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
