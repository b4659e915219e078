import type { ComponentChildren, Ref } from 'preact';
import './IconButton.css';

export interface IconButtonProps {
  /** The tooltip and accessible name. */
  label: string;
  /** `primary`: filled. `secondary`: outlined. Without either: only the icon. */
  kind?: 'primary' | 'secondary';
  disabled?: boolean;
  /** Set if it opens a menu. */
  expanded?: boolean;
  buttonRef?: Ref<HTMLButtonElement>;
  onClick: () => void;
  /** The icon. */
  children: ComponentChildren;
}

/** A button with an icon. A native element, because a thread shows hundreds of them. */
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
