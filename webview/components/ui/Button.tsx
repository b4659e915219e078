import type { ComponentChildren } from 'preact';
import './Button.css';

export interface ButtonProps {
  /** At most one button of a group is primary. */
  primary?: boolean;
  disabled?: boolean;
  /** Looks disabled, but can be clicked, to show what is missing. */
  blocked?: boolean;
  onClick: () => void;
  children: ComponentChildren;
}

/** A button with a text. */
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
