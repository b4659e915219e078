import type { CodeInterpreterToolCall } from 'openai/resources/beta/threads/runs/steps';
import type { HostedOutput } from '../../models/modelProvider';
import type {
  CallRecord,
  EngineCall,
  HostedCallEvent,
  HostedResults,
  NewCall,
  OutputForm,
} from '../engineTool';
import { codeIn } from './codeArguments';

export const codeInterpreterName = 'code_interpreter';

/** An output as the step of a call shows it; images are files. */
export type ShownOutput = CodeInterpreterToolCall['code_interpreter']['outputs'][number];

/** The result of a call. */
export interface CodeAnswer {
  /** The output that is sent to the model. */
  text: string;
  /** The ids of the files it wrote, by their name below `/mnt/data`. */
  files: Record<string, string>;
}

/** A call of the code interpreter under way. */
export class CodeCall implements EngineCall {
  #input = '';
  readonly #outputs: ShownOutput[] = [];
  /** The last text that was streamed as a whole. */
  #wholeLogs: ShownOutput | undefined;

  constructor(
    private readonly call: NewCall,
    private readonly execute: (
      code: string,
      signal: AbortSignal,
      onOutput: (output: ShownOutput) => void,
    ) => Promise<CodeAnswer>,
  ) {}

  get toolCall(): CodeInterpreterToolCall {
    const code = { input: this.#input, outputs: structuredClone(this.#outputs) };
    return { id: this.call.id, type: codeInterpreterName, code_interpreter: code };
  }

  argumentsWritten(json: string, isComplete: boolean): void {
    this.#setInput(codeIn(json, { whole: isComplete }));
  }

  async answer(signal: AbortSignal): Promise<CallRecord> {
    try {
      const { text, files } = await this.execute(this.#input, signal, (output) => this.#show(output));
      return { answer: text, files };
    } finally {
      this.#completeLogs();
    }
  }

  async hosted(event: HostedCallEvent, results: HostedResults): Promise<CallRecord | undefined> {
    // Hosted code comes as it is, not as JSON.
    if (event.type === 'hosted_code') this.#setInput(this.#input + event.code);
    if (event.type !== 'hosted_outputs') return undefined;
    for (const output of event.outputs) {
      if (output.type === 'logs') this.#show(output);
      else {
        const file_id = await results.keepImage(output.url);
        if (file_id !== undefined) this.#show({ type: 'image', image: { file_id } });
      }
    }
    this.#completeLogs();
    return { answer: event.outputs.map(hostedText).join('\n'), files: {} };
  }

  #setInput(input: string): void {
    const before = this.#input;
    this.#input = input;
    // Incomplete JSON may parse to an end that it turns out not to have; deltas can only add.
    if (input === before || !input.startsWith(before)) return;
    const added = input.slice(before.length);
    this.call.emit({ type: codeInterpreterName, code_interpreter: { input: added } });
  }

  /** Pieces of text that follow each other become one output. */
  #show(output: ShownOutput): void {
    const last = this.#outputs.at(-1);
    if (last?.type === 'logs' && output.type === 'logs') last.logs += output.logs;
    else {
      this.#completeLogs();
      this.#outputs.push(structuredClone(output));
    }
    this.#emit(output, output.type === 'logs' ? 'piece' : undefined);
  }

  /** Nothing more is added to the last output. */
  #completeLogs(): void {
    const last = this.#outputs.at(-1);
    if (last?.type !== 'logs' || this.#wholeLogs === last) return;
    this.#wholeLogs = last;
    this.#emit(last, 'whole');
  }

  /** Streams the last output, or a piece of it. */
  #emit(output: ShownOutput, form?: OutputForm): void {
    const delta = { index: this.#outputs.length - 1, ...output };
    this.call.emit({ type: codeInterpreterName, code_interpreter: { outputs: [delta] } }, form);
  }
}

/** An output of hosted code as it is sent to other models. */
function hostedText(output: HostedOutput): string {
  return output.type === 'logs' ? output.logs.trimEnd() : '[An image is shown to the user.]';
}
