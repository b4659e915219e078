import type { ComponentChildren } from 'preact';
import './Button.css';

export interface ButtonProps {
  /** One primary action at most in a place. */
  primary?: boolean;
  disabled?: boolean;
  /** Looks disabled, yet answers a click: by saying what is missing. */
  blocked?: boolean;
  onClick: () => void;
  children: ComponentChildren;
}

/** A button with words on it. */
export function Button(props: ButtonProps) {
  const { primary = false, disabled = false, blocked = false, onClick, children } = props;
  return (
    <vscode-button
      class={blocked ? 'button-blocked' : ''}
      appearance={primary ? 'primary' : 'secondary'}
      disabled={disabled}
      aria-disabled={blocked ? 'true' : undefined}
      onClick={onClick}
    >
      {children}
    </vscode-button>
  );
}
