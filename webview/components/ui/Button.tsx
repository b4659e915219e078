import type { ComponentChildren } from 'preact';

export interface ButtonProps {
  /** One primary action at most in a place. */
  primary?: boolean;
  disabled?: boolean;
  onClick: () => void;
  children: ComponentChildren;
}

/** A button with words on it. */
export function Button({ primary = false, disabled = false, onClick, children }: ButtonProps) {
  return (
    <vscode-button appearance={primary ? 'primary' : 'secondary'} disabled={disabled} onClick={onClick}>
      {children}
    </vscode-button>
  );
}
