import type { ComponentChildren } from 'preact';
import './TextButton.css';

export interface TextButtonProps {
  /** Set where it shows or hides something. */
  expanded?: boolean;
  onClick: () => void;
  children: ComponentChildren;
}

/** A small button of words alone. A plain element and none of the toolkit's: a thread shows hundreds of them. */
export function TextButton({ expanded, onClick, children }: TextButtonProps) {
  return (
    <button type="button" class="text-button" aria-expanded={expanded} onClick={onClick}>
      {children}
    </button>
  );
}
