import './ProgressRing.css';

/** A progress indicator, hidden from screen readers: the text beside it says what is in progress. */
export function ProgressRing() {
  return <vscode-progress-ring class="progress-ring" aria-hidden="true" />;
}
