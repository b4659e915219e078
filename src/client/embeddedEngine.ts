import { createEngine, type Engine } from '../engine/engine';
import type { ModelConnection } from '../engine/models/types';
import type { Reporter } from './reporter';

/** The engine of this window, opened when it is first asked for something. */
export class EmbeddedEngine {
  private engine: Engine | undefined;
  private closed = false;

  constructor(
    private readonly dataDir: string,
    private readonly models: () => readonly ModelConnection[],
    private readonly reporter: Reporter,
  ) {}

  readonly fetch: Engine['fetch'] = async (input, init) => {
    if (this.closed) throw new Error('The engine of this window is closed.');
    this.engine ??= createEngine({ dataDir: this.dataDir, models: this.models, log: this.reporter.info });
    return this.engine.fetch(input, init);
  };

  /** Hands the runs under way over to the next engine. */
  async close(): Promise<void> {
    this.closed = true;
    await this.engine?.close();
  }
}
