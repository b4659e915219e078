import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { ToolCall } from 'openai/resources/beta/threads/runs/steps';
import * as z from 'zod';
import { shortenText } from '../../text/shortenText';
import type { Store } from '../../store/store';
import { saveOutputFile } from '../../store/maintenance/outputFile';
import type { CallRecord, EngineTool, NewCall, RecalledCall } from '../engineTool';
import { type CodeAnswer, CodeCall, codeInterpreterName, type ShownOutput } from './codeCall';
import { DeletedThreads, sessionLifetime } from './deletedThreads';
import { errorText } from './errorText';
import type { CodeInput, CodeInterpreter, CodeOutput, PackageSource } from './interpreter';

export interface CodeInterpreterSettings {
  /** Folder of the built child. */
  assets: string;
  /** Folder of Pyodide's files. Default: `assets`. */
  pyodide?: string;
  /** Where packages such as numpy come from; none: the standard library is all there is. */
  packages?: PackageSource;
  /**
   * Megabytes of memory that all interpreters may take together, re-read on each use: those of the threads that have
   * not run code for the longest time are closed first. Default, also for 0: a quarter of this computer's memory.
   */
  memoryMb?: () => number;
}

export type { CodeAnswer } from './codeCall';

/** The result of a call in a session; `file_id`s are those of the API. */
export interface SessionResult {
  /** Whether the code ended without an error. */
  ok: boolean;
  /** In their order; pieces of text are joined. */
  outputs: ShownOutput[];
  /** New and changed files, by their path below `/mnt/data`; images among them. */
  files: { name: string; file_id: string }[];
}

interface Execution {
  inputs: CodeInput[];
  turn?: string;
  signal: AbortSignal;
  onOutput: (output: ShownOutput) => void;
  /** Seconds until the files that are written expire. Default: they do not. */
  expiresIn?: number;
}

/** The tool's entry in the `tools` of an assistant or a run. */
export const codeInterpreterEntry = z.object({ type: z.literal(codeInterpreterName) });

/** The tool `code_interpreter`: Python for a thread's runs, its files those of the API. */
export class CodeInterpreterTool implements EngineTool {
  readonly type = codeInterpreterName;
  readonly entry = codeInterpreterEntry;
  readonly #folder: string;
  readonly #leftovers: DeletedThreads;
  readonly #swept: Promise<void>;
  #interpreter?: Promise<CodeInterpreter>;

  constructor(
    private readonly store: Store,
    dataDir: string,
    private readonly settings: CodeInterpreterSettings,
    private readonly log: (message: string) => void,
  ) {
    this.#folder = join(dataDir, 'sandboxes');
    this.#leftovers = new DeletedThreads(this.#folder);
    const sweeping = store.isSealed
      ? Promise.resolve()
      : this.#leftovers.sweep((threadId) => this.store.threads.exists(threadId));
    this.#swept = sweeping.catch((error: unknown) =>
      this.log(`Files of deleted threads were not deleted: ${String(error)}`),
    );
  }

  readonly definition: EngineTool['definition'] = {
    description:
      'Runs Python in a sandbox without network and returns what it prints, the value of its last expression and ' +
      'the images it makes. Variables stay between calls. Files of the user are in /mnt/data; files written there ' +
      'are kept for the user: link them in your answer as [name](sandbox:/mnt/data/name), with spaces, brackets and ' +
      'percent signs encoded, as the output lists them. Images are shown to the user by themselves. Packages such as ' +
      'numpy, pandas and matplotlib are loaded when they are imported; there is no pip and no shell.',
    parameters: {
      type: 'object',
      properties: { code: { type: 'string', description: 'The Python code to run.' } },
      required: ['code'],
      additionalProperties: false,
    },
  };

  /** Gets Python ready while the model still thinks. */
  warmUp(): void {
    this.#open()
      .then((interpreter) => interpreter.warmUp())
      .catch((error: unknown) => this.log(`Python could not be loaded: ${String(error)}`));
  }

  begin(call: NewCall): CodeCall {
    return new CodeCall(call, (code, signal, onOutput) => this.run(call.run, code, signal, onOutput));
  }

  recall(call: ToolCall, { answer = '' }: CallRecord, maxTokens: number): RecalledCall | undefined {
    if (call.type !== codeInterpreterName) return undefined;
    const { text, shortened } = shortenText(answer, maxTokens, outputAdvice);
    return { arguments: JSON.stringify({ code: call.code_interpreter.input }), output: text, shortened };
  }

  imagesOf(call: ToolCall): string[] {
    const outputs = call.type === codeInterpreterName ? call.code_interpreter.outputs : [];
    return outputs.flatMap((output) => (output.type === 'image' ? [output.image.file_id] : []));
  }

  /** Runs code for a run of a thread. Calls `onOutput` for each output as it comes; images are files by then. */
  async run(
    run: Run,
    code: string,
    signal: AbortSignal,
    onOutput: (output: ShownOutput) => void,
  ): Promise<CodeAnswer> {
    const inputs = this.#inputs(codeFiles(this.store, run));
    const options = { inputs, turn: run.id, signal, onOutput };
    const { outputs, files } = await this.#execute(run.thread_id, code, options);
    if (!this.store.threads.exists(run.thread_id)) this.forgetThread(run.thread_id);
    // Not by assignment: a file may be called `__proto__`.
    return { text: answerText(outputs, [...files.keys()]), files: Object.fromEntries(files) };
  }

  /**
   * Runs code in a session outside of threads, with these files of the API in `/mnt/data`. Variables stay as in a
   * thread; files stay until the session was not used for a day. Files that the code writes expire after a day, too.
   */
  async runInSession(
    sessionId: string,
    code: string,
    fileIds: readonly string[],
    signal: AbortSignal,
  ): Promise<SessionResult> {
    const outputs: ShownOutput[] = [];
    const onOutput = (output: ShownOutput): void => {
      const last = outputs.at(-1);
      if (output.type === 'logs' && last?.type === 'logs') last.logs += output.logs;
      else outputs.push({ ...output });
    };
    const options = { inputs: this.#inputs(fileIds), signal, onOutput, expiresIn: sessionLifetime };
    const { ok, files } = await this.#execute(sessionId, code, options);
    await this.#leftovers.noteUse(sessionId);
    return { ok, outputs, files: [...files].map(([name, file_id]) => ({ name, file_id })) };
  }

  async #execute(
    id: string,
    code: string,
    { inputs, turn, signal, onOutput, expiresIn }: Execution,
  ): Promise<{ ok: boolean; outputs: CodeOutput[]; files: Map<string, string> }> {
    const images = new Map<string, string>();
    const show = async (output: CodeOutput): Promise<void> => {
      if (output.type === 'logs') return onOutput(output);
      const file_id = await this.#save(output.name, [output.data], expiresIn);
      images.set(output.name, file_id);
      onOutput({ type: 'image', image: { file_id } });
    };
    // One after the other: an image takes a moment to be kept, and what follows it must not overtake it.
    let shown = Promise.resolve();
    let failure: { error: unknown } | undefined;
    const onPythonOutput = (output: CodeOutput): void => {
      shown = shown.then(async () => {
        try {
          if (!failure) await show(output);
        } catch (error) {
          // Thrown below: nobody waits for this promise while the code runs.
          failure = { error };
        }
      });
    };
    const options = { inputs, signal, onOutput: onPythonOutput, ...(turn !== undefined && { turn }) };
    const { ok, outputs, files: written } = await (await this.#open()).run(id, code, options);
    await shown;
    signal.throwIfAborted();
    if (failure) throw failure.error;

    const files = new Map<string, string>();
    for (const { name, path } of written) {
      files.set(name, images.get(name) ?? (await this.#save(name, createReadStream(path), expiresIn)));
    }
    return { ok, outputs, files };
  }

  /** Gives a fork the files that the thread has in `/mnt/data`. */
  async copyThread(from: string, to: string): Promise<void> {
    await (await this.#open()).copy(from, to);
  }

  /** Marks the files of a thread that is about to be deleted. */
  threadDeleting(threadId: string): void {
    try {
      this.#leftovers.mark(threadId);
    } catch (error) {
      // A full disk must not prevent the deletion, which frees some of it.
      this.log(`The files of ${threadId} could not be marked as deleted: ${String(error)}`);
    }
  }

  /** Deletes the files of a deleted thread. */
  forgetThread(threadId: string): void {
    const ended = this.#interpreter?.then((interpreter) => interpreter.end(threadId)) ?? Promise.resolve();
    ended
      .then(() => this.#leftovers.delete(threadId))
      .catch((error: unknown) => this.log(`The files of ${threadId} were not deleted: ${String(error)}`));
  }

  async close(): Promise<void> {
    await this.#swept;
    await (await this.#interpreter)?.close();
  }

  async #save(
    name: string,
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    expiresIn?: number,
  ): Promise<string> {
    try {
      return await saveOutputFile(this.store, name, content, expiresIn);
    } catch (error) {
      throw (
        this.store.storeErrorOf(error) ??
        new Error(`A file that code wrote could not be saved: ${errorText(error)}`, { cause: error })
      );
    }
  }

  /** Loads the interpreter when it is first used: the engine's start should not wait for it. */
  #open(): Promise<CodeInterpreter> {
    return (this.#interpreter ??= this.#load().catch((error: unknown) => {
      this.#interpreter = undefined;
      throw error;
    }));
  }

  async #load(): Promise<CodeInterpreter> {
    const { CodeInterpreter } = await import('./interpreter');
    return new CodeInterpreter({
      folder: this.#folder,
      exclusively: (work) => this.store.transaction(work),
      log: this.log,
      ...this.settings,
    });
  }

  #inputs(fileIds: readonly string[]): CodeInput[] {
    const { files, contents } = this.store;
    return fileIds.flatMap((id) => {
      const file = files.get(id);
      if (!file) return [];
      const check = (): void => void contents.checkedPath(file);
      return [{ name: file.filename, path: contents.path(id), check }];
    });
  }
}

/** The files that a run's assistant and thread give to its code; a message's attachments are the thread's. */
export function codeFiles({ assistants, threads }: Store, run: Run): string[] {
  const resources = [
    assistants.get(run.assistant_id)?.tool_resources,
    threads.get(run.thread_id)?.tool_resources,
  ];
  return [...new Set(resources.flatMap((resource) => resource?.code_interpreter?.file_ids ?? []))];
}

/** Tells the model how to get the rest of an output that was shortened. */
const outputAdvice =
  'If you need them, print less, or write the output to a file in /mnt/data and read that in pieces.';

/** The files written that the model gets the names of. */
const maxNamedFiles = 100;

/** Characters that would end or alter a link in Markdown, or that separate the links of a list. */
const notInLinks = /[\s%()[\]{}<>"'`*|\\#?,;&（）【】「」『』《》“”‘’，、。；：！？]/gu;

/** The URL by which an answer links to a file. Letters of any script stay as they are, for models to copy. */
export function linkOf(name: string): string {
  const encoded = name.replace(notInLinks, (character) =>
    /['()*]/.test(character)
      ? `%${character.charCodeAt(0).toString(16).toUpperCase()}`
      : encodeURIComponent(character),
  );
  return `sandbox:/mnt/data/${encoded}`;
}

/** What the model is told: what was printed, which images the user sees, which files there are now. */
function answerText(outputs: readonly CodeOutput[], files: readonly string[]): string {
  const lines = outputs.map((output) =>
    output.type === 'logs' ? output.logs.trimEnd() : `[The image ${output.name} is shown to the user.]`,
  );
  const named = files.slice(0, maxNamedFiles).map(linkOf);
  if (files.length > named.length) named.push(`and ${files.length - named.length} more`);
  if (files.length > 0) lines.push(`[Files written: ${named.join(', ')}]`);
  return lines.filter((line) => line !== '').join('\n');
}
