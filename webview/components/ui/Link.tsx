import type { ComponentChildren } from 'preact';
import './Link.css';

/** Words that do something when clicked, where a button would weigh too much. */
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
