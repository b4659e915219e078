import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { ToolCall } from 'openai/resources/beta/threads/runs/steps';
import * as z from 'zod';
import type { Store } from '../../store/store';
import { saveOutputFile } from '../../store/outputFile';
import type { CallRecord, EngineTool, NewCall, RecalledCall } from '../engineTool';
import { type CodeAnswer, CodeCall, codeInterpreterName, type ShownOutput } from './codeCall';
import { type CodeInput, CodeInterpreter, type CodeOutput, type PackageSource } from './interpreter';

export interface CodeInterpreterSettings {
  /** Folder of the built child and of Pyodide's files. */
  assets: string;
  /** Where packages such as numpy come from; none: the standard library is all there is. */
  packages?: PackageSource;
}

export type { CodeAnswer } from './codeCall';

/** The tool's entry in the `tools` of an assistant or a run. */
export const codeInterpreterEntry = z.object({ type: z.literal(codeInterpreterName) });

/** The tool `code_interpreter`: Python for a thread's runs, its files those of the API. */
export class CodeInterpreterTool implements EngineTool {
  readonly type = codeInterpreterName;
  readonly entry = codeInterpreterEntry;
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

  readonly definition: EngineTool['definition'] = {
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

  begin(call: NewCall): CodeCall {
    return new CodeCall(call, (code, signal, onOutput) => this.run(call.run, code, signal, onOutput));
  }

  recall(call: ToolCall, { answer = '' }: CallRecord): RecalledCall | undefined {
    if (call.type !== codeInterpreterName) return undefined;
    return { arguments: JSON.stringify({ code: call.code_interpreter.input }), output: answer };
  }

  imagesOf(call: ToolCall): string[] {
    const outputs = call.type === codeInterpreterName ? call.code_interpreter.outputs : [];
    return outputs.flatMap((output) => (output.type === 'image' ? [output.image.file_id] : []));
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
      const file_id = await saveOutputFile(this.store, output.name, [output.data]);
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
      files[file.name] =
        images.get(file.name) ?? (await saveOutputFile(this.store, file.name, createReadStream(file.path)));
    }
    return { text: answerText(result.outputs, Object.keys(files)), files };
  }

  /** Deletes the files of a deleted thread. */
  forgetThread(threadId: string): void {
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

  #inputs(run: Run): CodeInput[] {
    const { files, contents } = this.store;
    return codeFiles(this.store, run).flatMap((id) => {
      const file = files.get(id);
      return file ? [{ name: file.filename, path: contents.path(id) }] : [];
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

/** What the model is told: what was printed, which images the user sees, which files there are now. */
function answerText(outputs: readonly CodeOutput[], files: readonly string[]): string {
  const lines = outputs.map((output) =>
    output.type === 'logs' ? output.logs.trimEnd() : `[The image ${output.name} is shown to the user.]`,
  );
  if (files.length > 0)
    lines.push(`[Files written: ${files.map((name) => `sandbox:/mnt/data/${name}`).join(', ')}]`);
  return lines.filter((line) => line !== '').join('\n');
}
