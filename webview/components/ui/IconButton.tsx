import type { ComponentChildren, Ref } from 'preact';
import './IconButton.css';

export interface IconButtonProps {
  /** What it does: its tooltip, and its name for a screen reader. */
  label: string;
  /** `primary`: filled with the colour of the main action. `secondary`: framed. None of both: bare. */
  kind?: 'primary' | 'secondary';
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
  const { label, kind, disabled = false, expanded, buttonRef, onClick, children } = props;
  return (
    <button
      type="button"
      ref={buttonRef}
      class={kind === undefined ? 'icon-button' : `icon-button icon-button-${kind}`}
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
