import { ErrorIcon } from '../ui/icons';
import { Button } from '../ui/Button';
import { TextButton } from '../ui/TextButton';
import './ErrorCard.css';

export interface ErrorCardProps {
  /** What went wrong and what to do, for the user. */
  message: string;
  /** The first one is the primary action. */
  actions: { label: string; run: () => void }[];
}

/** Further actions are plain text, so that the card leaves room for the conversation. */
const maxButtons = 2;

/** An error message with actions. */
export function ErrorCard({ message, actions }: ErrorCardProps) {
  return (
    <div class="error-card" role="alert">
      <div class="error-card-body">
        <div class="error-card-text">
          <span class="error-card-icon">
            <ErrorIcon />
          </span>
          <p class="error-card-message">{message}</p>
        </div>
        {actions.length > 0 && (
          <div class="error-card-actions">
            {actions.map(({ label, run }, index) =>
              index < maxButtons ? (
                <Button key={label} primary={index === 0} onClick={run}>
                  {label}
                </Button>
              ) : (
                <TextButton key={label} onClick={run}>
                  {label}
                </TextButton>
              ),
            )}
          </div>
        )}
      </div>
    </div>
  );
}
