import type { ComponentChildren } from 'preact';
import './TextButton.css';

export interface TextButtonProps {
  /** Set if it shows or hides an element. */
  expanded?: boolean;
  /** The id of that element. */
  controls?: string;
  /** A longer accessible name, which starts with the button's text. */
  label?: string;
  onClick: () => void;
  children: ComponentChildren;
}

/** A small button without a frame. A native element, because a thread shows hundreds of them. */
export function TextButton({ expanded, controls, label, onClick, children }: TextButtonProps) {
  return (
    <button
      type="button"
      class="text-button"
      aria-expanded={expanded}
      aria-controls={controls}
      aria-label={label}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
