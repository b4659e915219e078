import { type FSWatcher, utimesSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name of the file in the data folder whose time of change is the signal. */
const signalName = 'changed';

/** Watches for the signals of other engines, and of this one. */
export interface ChangeSignalWatcher {
  close(): void;
}

/**
 * Tells the engines of a data folder that one of them has written: it touches a file that the others watch, so that
 * engines without news need not poll for them. The database's own files would not do: some systems report
 * changes of an open file late.
 */
export class ChangeSignal {
  readonly #file: string;

  constructor(dataDir: string) {
    this.#file = join(dataDir, signalName);
  }

  send(): void {
    try {
      const now = new Date();
      utimesSync(this.#file, now, now);
    } catch {
      // No engine has watched it yet, or the folder cannot be written to.
    }
  }

  /** Calls `onSignal` after each signal; every `pollInterval` milliseconds instead if the file cannot be watched. */
  watch(onSignal: () => void, pollInterval: number): ChangeSignalWatcher {
    let timer: NodeJS.Timeout | undefined;
    const poll = (): void => void (timer ??= setInterval(onSignal, pollInterval).unref());
    let watcher: FSWatcher | undefined;
    try {
      // Creates it; its content is of no interest.
      writeFileSync(this.#file, '', { flag: 'a' });
      watcher = watch(this.#file, { persistent: false }, onSignal).on('error', () => {
        watcher?.close();
        poll();
      });
    } catch {
      poll();
    }
    return {
      close: () => {
        watcher?.close();
        clearInterval(timer);
      },
    };
  }
}
