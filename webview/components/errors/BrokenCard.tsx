import type { Message } from 'openai/resources/beta/threads/messages';
import { usePanel } from '../../context';
import { ErrorIcon } from '../ui/icons';
import { TextButton } from '../ui/TextButton';
import './BrokenCard.css';

interface BrokenCardProps {
  text: string;
  action?: { label: string; run: () => void };
}

/** Stands in the place of something that a server sent and that cannot be drawn. */
function BrokenCard({ text, action }: BrokenCardProps) {
  return (
    <div class="broken-card" role="note">
      <span class="broken-card-icon">
        <ErrorIcon />
      </span>
      <span class="broken-card-text">{text}</span>
      {action !== undefined && <TextButton onClick={action.run}>{action.label}</TextButton>}
    </div>
  );
}

/** A message that cannot be drawn. */
export function BrokenMessage({ message: { id } }: { message: Message }) {
  const { panel, strings } = usePanel();
  const showJson = () => panel.post({ type: 'showMessageJson', messageId: id });
  return <BrokenCard text={strings.messageBroken} action={{ label: strings.showJson, run: showJson }} />;
}

/** The call of a tool that cannot be drawn. */
export function BrokenCall() {
  const { panel, strings } = usePanel();
  const viewSteps = () => panel.command('viewRunSteps');
  return <BrokenCard text={strings.callBroken} action={{ label: strings.viewRunSteps, run: viewSteps }} />;
}
