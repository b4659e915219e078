import type { ComponentChildren } from 'preact';
import './Link.css';

/** A link that runs an action. */
export function Link({ onClick, children }: { onClick: () => void; children: ComponentChildren }) {
  return (
    <vscode-link
      class="link"
      href="#"
      onClick={(event: MouseEvent) => {
        event.preventDefault();
        onClick();
      }}
    >
      {children}
    </vscode-link>
  );
}
