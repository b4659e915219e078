import { stripVTControlCharacters } from 'node:util';
import * as vscode from 'vscode';

/** Characters that are kept of an output: its end. */
const maxOutput = 30_000;

/** The last command of a terminal, and what it has written so far. */
export interface TerminalOutput {
  /** The terminal's name. */
  name: string;
  command: string;
  text: string;
}

/**
 * The output of the last command of any terminal, as far as the shell's integration tells where a command
 * begins. What ran before the extension started is not known.
 */
export class TerminalOutputs implements vscode.Disposable {
  private output: TerminalOutput | undefined;
  private readonly listener: vscode.Disposable;

  constructor(onDidStart = vscode.window.onDidStartTerminalShellExecution) {
    this.listener = onDidStart((event) => {
      // A terminal that closes ends the stream; nothing else is of use then.
      this.read(event).catch(() => {});
    });
  }

  /** The last command with its output; undefined if there is none. */
  get last(): TerminalOutput | undefined {
    return this.output;
  }

  dispose(): void {
    this.listener.dispose();
  }

  private async read({ terminal, execution }: vscode.TerminalShellExecutionStartEvent): Promise<void> {
    const output: TerminalOutput = { name: terminal.name, command: execution.commandLine.value, text: '' };
    this.output = output;
    for await (const data of execution.read()) {
      if (this.output !== output) return;
      output.text = (output.text + data).slice(-maxOutput);
    }
  }
}

/** An output as one sees it: without colours, and of a line that was written several times, the last one. */
export function stripTerminalCodes(text: string): string {
  // What marks the prompt ends with a bell, which is not stripped with it everywhere.
  // eslint-disable-next-line no-control-regex -- as terminals have them
  const plain = stripVTControlCharacters(text.replace(/\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, ''));
  return plain
    .replace(/\r+\n/g, '\n')
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1))
    .join('\n')
    .trim();
}
