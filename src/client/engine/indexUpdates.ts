import * as vscode from 'vscode';
import type { EngineOptions } from '../../engine/engine';
import { type Progress, withStatusProgress } from '../errors/notices';

type OnIndexUpdate = NonNullable<EngineOptions['onIndexUpdate']>;

/** Shows the updates of an earlier version's search index, which go on in the background, in the status bar. */
export function showIndexUpdates(show = withStatusProgress): OnIndexUpdate {
  const shown = new Map<string, ShownUpdate>();
  return (what, done) => {
    if (done >= 1) {
      shown.get(what)?.end();
      shown.delete(what);
      return;
    }
    const update = shown.get(what) ?? new ShownUpdate(show);
    shown.set(what, update);
    update.report(done);
  };
}

class ShownUpdate {
  private message = '';
  private progress: Progress | undefined;
  end!: () => void;

  constructor(show: typeof withStatusProgress) {
    const ended = new Promise<void>((resolve) => (this.end = resolve));
    show(vscode.l10n.t('Updating the search index of files'), (progress) => {
      this.progress = progress;
      progress.report({ message: this.message });
      return ended;
    }).then(undefined, () => undefined);
  }

  report(done: number): void {
    this.message = `${Math.floor(done * 100)} %`;
    this.progress?.report({ message: this.message });
  }
}
