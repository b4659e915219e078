import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { CodeInterpreterToolCall } from 'openai/resources/beta/threads/runs/steps';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { newId, unixTime } from '../ids';
import type { ModelTool } from '../models/types';
import type { Store } from '../store/store';
import {
  type CodeInput,
  CodeInterpreter,
  type CodeOutput,
  type PackageSource,
} from './codeInterpreter/interpreter';

export interface CodeInterpreterSettings {
  /** Folder of the built child and of Pyodide's files. */
  assets: string;
  /** Where packages such as numpy come from; none: the standard library is all there is. */
  packages?: PackageSource;
}

type ShownOutput = CodeInterpreterToolCall['code_interpreter']['outputs'][number];

/** What came of a call. */
export interface CodeAnswer {
  /** What the model is told. */
  text: string;
  /** The ids of the files it wrote, by their name below `/mnt/data`. */
  files: Record<string, string>;
}

/** No file that Python writes is larger: its disk is not. */
const maxFileBytes = 256 * 1024 * 1024;

/** The tool `code_interpreter`: Python for a thread's runs, its files those of the API. */
export class CodeInterpreterTool {
  readonly #folder: string;
  #interpreter?: CodeInterpreter;

  constructor(
    private readonly store: Store,
    dataDir: string,
    private readonly settings: CodeInterpreterSettings,
    private readonly log: (message: string) => void,
  ) {
    this.#folder = join(dataDir, 'sandboxes');
  }

  /** How the model is offered it. */
  readonly definition: ModelTool = {
    name: 'code_interpreter',
    description:
      'Runs Python in a sandbox without network and returns what it prints, the value of its last expression and ' +
      'the images it makes. Variables stay between calls. Files of the user are in /mnt/data; files written there ' +
      'are kept for the user: link them in your answer as [name](sandbox:/mnt/data/name). Images are shown to the ' +
      'user by themselves.',
    parameters: {
      type: 'object',
      properties: { code: { type: 'string', description: 'The Python code to run.' } },
      required: ['code'],
      additionalProperties: false,
    },
  };

  /** Gets Python ready while the model still thinks. */
  warmUp(): void {
    this.#open().warmUp();
  }

  /** Runs code for a run of a thread. `onOutput` is told of outputs as they come; images are files by then. */
  async run(
    run: Run,
    code: string,
    signal: AbortSignal,
    onOutput: (output: ShownOutput) => void,
  ): Promise<CodeAnswer> {
    const images = new Map<string, string>();
    const show = async (output: CodeOutput): Promise<void> => {
      if (output.type === 'logs') return onOutput(output);
      const file_id = await this.#keep(output.name, [output.data]);
      images.set(output.name, file_id);
      onOutput({ type: 'image', image: { file_id } });
    };
    // One after the other: an image takes a moment to be kept, and what follows it must not overtake it.
    let shown = Promise.resolve();
    const onPythonOutput = (output: CodeOutput): void => {
      shown = shown.then(() => show(output));
    };
    const options = { inputs: this.#inputs(run), signal, onOutput: onPythonOutput };
    const result = await this.#open().run(run.thread_id, code, options);
    await shown;
    signal.throwIfAborted();

    const files: Record<string, string> = {};
    for (const file of result.files) {
      files[file.name] = images.get(file.name) ?? (await this.#keep(file.name, createReadStream(file.path)));
    }
    return { text: answerText(result.outputs, Object.keys(files)), files };
  }

  /** The thread is gone, and with it what its code left. */
  forget(threadId: string): void {
    const done = this.#interpreter
      ? this.#interpreter.forget(threadId)
      : rm(join(this.#folder, threadId), { recursive: true, force: true });
    done.catch((error: unknown) => this.log(`The files of ${threadId} were not deleted: ${String(error)}`));
  }

  async close(): Promise<void> {
    await this.#interpreter?.close();
  }

  #open(): CodeInterpreter {
    return (this.#interpreter ??= new CodeInterpreter({
      folder: this.#folder,
      log: this.log,
      ...this.settings,
    }));
  }

  /** The files that the run's assistant and thread give to the tool; a message's attachments are the thread's. */
  #inputs(run: Run): CodeInput[] {
    const { assistants, threads, files, contents } = this.store;
    const resources = [
      assistants.get(run.assistant_id)?.tool_resources,
      threads.get(run.thread_id)?.tool_resources,
    ];
    const ids = new Set(resources.flatMap((resource) => resource?.code_interpreter?.file_ids ?? []));
    return [...ids].flatMap((id) => {
      const file = files.get(id);
      return file ? [{ name: file.filename, path: contents.path(id) }] : [];
    });
  }

  /** Makes what Python wrote a file of the API. */
  async #keep(name: string, content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
    const id = newId('file');
    const bytes = await this.store.contents.write(id, Readable.from(content), maxFileBytes);
    this.store.files.insert({
      id,
      object: 'file',
      bytes,
      created_at: unixTime(),
      filename: name.split('/').at(-1) ?? name,
      purpose: 'assistants_output',
      status: 'processed',
    });
    return id;
  }
}

/** What the model is told: what was printed, which images the user sees, which files there are now. */
function answerText(outputs: readonly CodeOutput[], files: readonly string[]): string {
  const lines = outputs.map((output) =>
    output.type === 'logs' ? output.logs.trimEnd() : `[The image ${output.name} is shown to the user.]`,
  );
  if (files.length > 0)
    lines.push(`[Files written: ${files.map((name) => `sandbox:/mnt/data/${name}`).join(', ')}]`);
  return lines.filter((line) => line !== '').join('\n');
}
