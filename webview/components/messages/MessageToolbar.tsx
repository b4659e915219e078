import type { Message } from 'openai/resources/beta/threads/messages';
import { usePanel } from '../../context';
import { copiedText, messageText } from './messages';
import { IconButton } from '../ui/IconButton';
import {
  BranchIcon,
  CopyIcon,
  DeleteIcon,
  EditIcon,
  ExchangeIcon,
  InsertIcon,
  JsonIcon,
  RefreshIcon,
  RefreshWithIcon,
} from '../ui/icons';
import { Toolbar } from '../ui/Toolbar';

/** The actions on a message, for the pointer and for the keyboard. */
export function MessageToolbar({ message, onEdit }: { message: Message; onEdit: () => void }) {
  const { panel, strings } = usePanel();
  const { id: messageId, role, run_id: runId, status } = message;
  const isAnswer = role === 'assistant';
  // A thread that only tries an assistant has no branches.
  const canBranch = !panel.state.host.isTrial;
  const copied = () => copiedText(message, panel.state.citations.get(messageId), strings);

  return (
    <Toolbar label={strings.messageActions} class="message-actions">
      {!isAnswer && canBranch && (
        <IconButton label={strings.editMessage} onClick={onEdit}>
          <EditIcon />
        </IconButton>
      )}
      <IconButton label={strings.copyMessage} onClick={() => panel.post({ type: 'copy', text: copied() })}>
        <CopyIcon />
      </IconButton>
      {!isAnswer && canBranch && (
        <IconButton
          label={strings.deleteFromHere}
          onClick={() => panel.post({ type: 'deleteFrom', messageId })}
        >
          <DeleteIcon />
        </IconButton>
      )}
      {isAnswer && canBranch && status !== 'in_progress' && (
        <>
          <IconButton
            label={strings.regenerate}
            onClick={() => panel.post({ type: 'regenerate', messageId, choose: false })}
          >
            <RefreshIcon />
          </IconButton>
          <IconButton
            label={strings.regenerateWith}
            onClick={() => panel.post({ type: 'regenerate', messageId, choose: true })}
          >
            <RefreshWithIcon />
          </IconButton>
          <IconButton
            label={strings.insertMessage}
            onClick={() => panel.post({ type: 'insertCode', code: messageText(message) })}
          >
            <InsertIcon />
          </IconButton>
          <IconButton
            label={strings.branchThread}
            onClick={() => panel.post({ type: 'branchThread', messageId })}
          >
            <BranchIcon />
          </IconButton>
        </>
      )}
      {isAnswer && runId !== null && (
        <IconButton
          label={strings.showModelRequest}
          onClick={() => panel.post({ type: 'showMessageRequest', messageId })}
        >
          <ExchangeIcon />
        </IconButton>
      )}
      <IconButton
        label={strings.showMessageJson}
        onClick={() => panel.post({ type: 'showMessageJson', messageId })}
      >
        <JsonIcon />
      </IconButton>
    </Toolbar>
  );
}
