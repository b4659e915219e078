import './ProgressRing.css';

/** Turns while something is under way; the words beside it say what. */
export function ProgressRing() {
  return <vscode-progress-ring class="progress-ring" aria-hidden="true" />;
}
