import type { ComponentChildren } from 'preact';
import './TextButton.css';

export interface TextButtonProps {
  /** Set where it shows or hides something. */
  expanded?: boolean;
  /** The id of what it shows or hides. */
  controls?: string;
  /** More than its words, for a screen reader; begins with them. */
  label?: string;
  onClick: () => void;
  children: ComponentChildren;
}

/** A small button of words alone. A plain element and none of the toolkit's: a thread shows hundreds of them. */
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
