import type { Message } from 'openai/resources/beta/threads/messages';
import { withContext } from '../../../src/protocol/context';
import { usePanel } from '../../context';
import { splitContext } from '../../markdown/userText';
import { EditBox } from '../ui/EditBox';
import { plainText } from './messages';

/** Edits the user's words of a message; its context, pictures and files go along as they are. */
export function MessageEditor({ message, onCancel }: { message: Message; onCancel: () => void }) {
  const { panel, strings } = usePanel();
  const { words, context } = splitContext(plainText(message));
  const hasMore = context !== '' || message.content.some(({ type }) => type !== 'text');
  return (
    <EditBox
      label={strings.editedMessage}
      text={words}
      submitLabel={strings.editSend}
      canBeEmpty={hasMore}
      onSubmit={(text) => panel.resend(message.id, withContext(text, context === '' ? [] : [context]))}
      onCancel={onCancel}
    />
  );
}
