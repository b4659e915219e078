import { ErrorIcon } from '../ui/icons';
import { Button } from '../ui/Button';
import './ErrorCard.css';

export interface ErrorCardProps {
  /** What went wrong and what to do, for the user. */
  message: string;
  /** The first one is the primary action. */
  actions: { label: string; run: () => void }[];
}

/** An error message with actions. */
export function ErrorCard({ message, actions }: ErrorCardProps) {
  return (
    <div class="error-card" role="alert">
      <div class="error-card-body">
        <span class="error-card-icon">
          <ErrorIcon />
        </span>
        <div class="error-card-text">
          <p class="error-card-message">{message}</p>
          {actions.length > 0 && (
            <div class="error-card-actions">
              {actions.map(({ label, run }, index) => (
                <Button key={label} primary={index === 0} onClick={run}>
                  {label}
                </Button>
              ))}
            </div>
          )}
        </div>
      </div>
    </div>
  );
}
