import type { ComponentChildren, Ref } from 'preact';
import './IconButton.css';

export interface IconButtonProps {
  /** What it does: its tooltip, and its name for a screen reader. */
  label: string;
  /** Filled with the colour of the main action. */
  primary?: boolean;
  disabled?: boolean;
  /** Set where it opens a menu. */
  expanded?: boolean;
  buttonRef?: Ref<HTMLButtonElement>;
  onClick: () => void;
  /** The icon. */
  children: ComponentChildren;
}

/** A button with an icon. A plain element and none of the toolkit's: a thread shows hundreds of them. */
export function IconButton(props: IconButtonProps) {
  const { label, primary = false, disabled = false, expanded, buttonRef, onClick, children } = props;
  return (
    <button
      type="button"
      ref={buttonRef}
      class={primary ? 'icon-button icon-button-primary' : 'icon-button'}
      title={label}
      aria-label={label}
      aria-haspopup={expanded === undefined ? undefined : 'menu'}
      aria-expanded={expanded}
      disabled={disabled}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
