import type { AnnouncedFile, FolderUpdate } from './folderUpdate';
import { errorText } from './errorText';
import type { RealmMessage } from './host/childMessages';
import { isJpeg, maxImageBytes, oneLine, type Outputs } from './outputs';
import type { Packages } from './host/packages';
import { sendPieces, type PythonProcess } from './host/pythonProcess';
import { RunClock } from './host/runClock';
import type { ThreadFolder } from './threadFolder';
import type { CodeLimits } from './codeTypes';
import { maxFiles } from './limits';

export interface ThreadRunOptions {
  python: PythonProcess;
  folder: ThreadFolder;
  limits: CodeLimits;
  packages: () => Promise<Packages>;
  /** Packages that the interpreter has; newly sent ones are added. */
  installed: Set<string>;
  outputs: Outputs;
}

export interface RunEnd {
  ok: boolean;
  update: FolderUpdate;
  /** The files with a picture that was shown already. */
  shown: ReadonlySet<string>;
}

/** One call: handles the child's messages, sends it packages, and enforces the limits. */
export class ThreadRun {
  readonly #clock: RunClock;
  readonly #stop = new AbortController();
  /** The files that it has listed so far. */
  readonly #files: AnnouncedFile[] = [];
  #end: RunEnd | undefined;
  #figure: { bytes: Buffer; received: number } | undefined;
  #figures = 0;
  #isProviding = false;
  /** Why packages could not be had in this call, by module. */
  readonly #errors = new Map<string, string>();

  constructor(private readonly options: ThreadRunOptions) {
    const { timeMs, packagesMs } = options.limits;
    this.#clock = new RunClock(timeMs, packagesMs, () => options.python.end('time'));
  }

  /** Throws PythonEndedError. */
  async execute(code: string, turn: string, signal: AbortSignal): Promise<RunEnd> {
    const { python } = this.options;
    const cancel = () => python.end('cancelled');
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    const stopWatching = python.watchMemory();
    try {
      await python.run(code, turn, (message, body) => this.#onMessage(message, body));
      if (!this.#end) throw new Error('Python did not say how the code ended');
      return this.#end;
    } finally {
      stopWatching();
      this.#clock.stop();
      this.#stop.abort();
      signal.removeEventListener('abort', cancel);
    }
  }

  #onMessage(message: RealmMessage, body: Uint8Array): void {
    const { folder, limits, outputs } = this.options;
    switch (message.type) {
      case 'text':
        return outputs.text(message.stream, body);
      case 'figure':
        return this.#addToFigure(message.bytes, message.at, body);
      case 'need':
        return this.#onImport(message.name);
      case 'listing':
        return this.#list(message.files);
      case 'broken':
        return outputs.note('The code failed, and left Python unable to report how');
      case 'ended':
        if (this.#end) throw new Error('The run ended twice.');
        this.#list(message.files);
        this.#end = {
          ok: message.ok,
          update: folder.update(this.#files, limits.diskBytes),
          shown: new Set(message.shown),
        };
        if (message.omitted) outputs.note(omissionNote(message.omitted, message.omittedNames ?? []));
        return;
      case 'file':
        if (!this.#end) throw new Error('A file arrived before the end of the run.');
        return this.#end.update.add(message.name, message.at, body);
    }
  }

  #list(files: readonly AnnouncedFile[]): void {
    if (this.#files.length + files.length > maxFiles) throw new Error('It lists too many files.');
    this.#files.push(...files);
  }

  #addToFigure(bytes: number, at: number, piece: Uint8Array): void {
    if (bytes > maxImageBytes) {
      if (at === 0) this.options.outputs.note('A figure is too large to be shown');
      return;
    }
    if (at === 0) this.#figure = { bytes: Buffer.alloc(bytes), received: 0 };
    const figure = this.#figure;
    if (figure?.received !== at || at + piece.length > figure.bytes.length) {
      throw new Error('A piece of a figure does not belong there.');
    }
    figure.bytes.set(piece, at);
    figure.received += piece.length;
    if (figure.received < figure.bytes.length) return;
    this.#figures += 1;
    const extension = isJpeg(figure.bytes) ? 'jpg' : 'png';
    this.options.outputs.image(`figure-${this.#figures}.${extension}`, figure.bytes);
  }

  #onImport(name: string): void {
    if (this.#isProviding) throw new Error('It requested a package while it was waiting for one.');
    const { packagesMs } = this.options.limits;
    const { pausedLeftMs } = this.#clock;
    if (pausedLeftMs === 0) {
      this.#errors.set(name, `this call has waited for packages for ${packagesMs / 1000} seconds already.`);
    }
    // The clock keeps running, so that a loop of failing imports ends.
    const error = this.#errors.get(name);
    if (error !== undefined) return this.#refuse(error);
    this.#isProviding = true;
    this.#clock.pause();
    // This fails only when the child has ended, which `execute` reports.
    this.#sendPackages(name, pausedLeftMs)
      .catch(() => {})
      .finally(() => {
        this.#isProviding = false;
        this.#clock.resume();
      });
  }

  #refuse(error: string): void {
    this.options.python.answer({ type: 'packages', count: 0, error }).catch(() => {});
  }

  async #sendPackages(name: string, maxMs: number): Promise<void> {
    const { python, packages, installed } = this.options;
    const stop = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(Math.ceil(maxMs))]);
    const found = await packages()
      .then((all) => all.get(name, installed, stop))
      .catch((error: unknown) => errorText(error));
    if (typeof found === 'string') {
      this.#errors.set(name, found);
      await python.answer({ type: 'packages', count: 0, error: found });
      return;
    }
    await python.answer({ type: 'packages', count: found.length });
    for (const { name, file, directory, content } of found) {
      await sendPieces(content, (piece, at, bytes) =>
        python.answer({ type: 'package', file, directory, bytes, at }, piece),
      );
      installed.add(name);
    }
  }
}

/** Which files were not saved: `count` in total, the first of them by name. */
function omissionNote(count: number, names: readonly string[]): string {
  const named = names.map((name) => `“${oneLine(name)}”`);
  if (count > named.length) named.push(`and ${count - named.length} others`);
  return `Only the first ${maxFiles} files in /mnt/data are saved; ${count} more were not saved: ${named.join(', ')}`;
}
