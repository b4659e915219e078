import path from 'node:path';
import type { Engine } from '../engine/engine';
import type { ModelConnection } from '../engine/models/types';
import type { Reporter } from './reporter';

/** The engine of this window, loaded and opened when it is first asked for something. */
export class EmbeddedEngine {
  private opening: Promise<Engine> | undefined;
  private closed = false;

  constructor(
    private readonly dataDir: string,
    /** Where the build has put Python and the reader of documents. */
    private readonly dist: string,
    private readonly models: () => readonly ModelConnection[],
    private readonly reporter: Reporter,
  ) {}

  readonly fetch: Engine['fetch'] = async (input, init) => {
    if (this.closed) throw new Error('The engine of this window is closed.');
    this.opening ??= this.open();
    return (await this.opening).fetch(input, init);
  };

  /** Hands the runs under way over to the next engine. */
  async close(): Promise<void> {
    this.closed = true;
    await (await this.opening)?.close();
  }

  private async open(): Promise<Engine> {
    try {
      const { createEngine } = await import('../engine/engine');
      const { distributionUrl } = await import('../engine/tools/codeInterpreter/interpreter');
      const packages = { baseUrl: distributionUrl, cacheFolder: path.join(this.dataDir, 'python-packages') };
      return createEngine({
        dataDir: this.dataDir,
        models: this.models,
        tools: {
          codeInterpreter: { assets: path.join(this.dist, 'python'), packages },
          fileSearch: { script: path.join(this.dist, 'reader', 'reader.mjs') },
        },
        log: this.reporter.info,
      });
    } catch (error) {
      // The next request tries again: a full disk may have room by then.
      this.opening = undefined;
      throw error;
    }
  }
}
