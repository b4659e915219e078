import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { Change } from '../changes';
import { DisposableStore } from '../disposableStore';
import { describeError } from '../errors/errors';

/** All assistants, newest first; cached, and re-read after every change. */
export class AssistantList implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<void>());
  private reading: Promise<readonly Assistant[]> | undefined;
  private latest: readonly Assistant[] | undefined;
  private lastError: string | undefined;
  /** Number of reads started: the result of all but the latest is ignored. */
  private generation = 0;

  /** Fires when the list was read again. */
  readonly onDidChange = this.emitter.event;

  constructor(
    private readonly client: OpenAI,
    onDidChange: vscode.Event<Change>,
    private readonly report: (error: unknown) => void,
  ) {
    this.disposables.add(
      onDidChange(({ resource }) => {
        if (resource === 'assistants') this.refresh();
      }),
    );
  }

  /** The assistants as they were last read; undefined before that. */
  get current(): readonly Assistant[] | undefined {
    return this.latest;
  }

  /** Why the last read failed; undefined if it succeeded. */
  get error(): string | undefined {
    return this.lastError;
  }

  /** The current assistants; rejects if they cannot be read. */
  all(): Promise<readonly Assistant[]> {
    this.reading ??= this.read();
    return this.reading;
  }

  find(id: string | undefined): Assistant | undefined {
    return this.latest?.find((assistant) => assistant.id === id);
  }

  /** Reads the list again and notifies the views. */
  refresh(): void {
    this.reading = undefined;
    this.all().catch(this.report);
  }

  /** Clears the list and reads the one of the service that is now active. */
  reset(): void {
    this.latest = undefined;
    this.refresh();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private async read(): Promise<readonly Assistant[]> {
    const generation = ++this.generation;
    try {
      const assistants = await this.fetchAll();
      if (generation === this.generation) this.settle(assistants, undefined);
      return assistants;
    } catch (error) {
      if (generation === this.generation) {
        this.reading = undefined;
        this.settle(this.latest, describeError(error));
      }
      throw error;
    }
  }

  private settle(assistants: readonly Assistant[] | undefined, error: string | undefined): void {
    this.latest = assistants;
    this.lastError = error;
    this.emitter.fire();
  }

  protected async fetchAll(): Promise<Assistant[]> {
    const assistants: Assistant[] = [];
    for await (const assistant of this.client.beta.assistants.list({ limit: 100 }))
      assistants.push(assistant);
    return assistants;
  }
}
