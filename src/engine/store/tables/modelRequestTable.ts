import type { DatabaseSync } from 'node:sqlite';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Table } from './table';

/** A request to a model as the API lists it, an extension. */
export interface ModelRequestInfo {
  /** `mreq_…`. */
  id: string;
  object: 'thread.run.model_request';
  created_at: number;
  thread_id: string;
  run_id: string;
  /** The steps that its model turn has made. A request that was repeated has those of the repetition. */
  step_ids: string[];
  /** `connection/model`, as in the run. */
  model: string;
  /** Null if the model is not behind a server that the engine knows. */
  url: string | null;
  /** The HTTP status; null if no response began. */
  status: number | null;
  /** Why the turn failed with this request. */
  error: string | null;
}

/** The bodies of a request and its response, without secrets and shortened. */
export interface ModelRequestContent {
  /** JSON, unless it was too long. */
  request: string;
  /** As it came: server-sent events or JSON. */
  response: string;
}

/** Maximum size of all stored contents together, in bytes. They are compressed, to about a tenth. */
const maxBytes = 16 * 1024 * 1024;

/** The newest requests to models. */
export class ModelRequestTable extends Table<ModelRequestInfo> {
  constructor(
    db: DatabaseSync,
    private readonly limit = maxBytes,
  ) {
    super(db, 'model_requests', { thread_id: (one) => one.thread_id, run_id: (one) => one.run_id });
  }

  /** Call it in a transaction, as all methods that write. */
  add(info: ModelRequestInfo, content: ModelRequestContent): void {
    // The fastest level: the end of a model turn waits for it.
    const packed = deflateRawSync(JSON.stringify(content), { level: 1 });
    this.insert(info, { bytes: packed.length, content: packed });
  }

  /** Assigns the requests of a run that have led to no step yet to the steps that their turn has made. */
  assign(runId: string, stepIds: readonly string[]): void {
    const [turn] = stepIds;
    if (turn === undefined) return;
    const sql = `UPDATE model_requests SET turn = ?, body = json_set(body, '$.step_ids', json(?))
      WHERE run_id = ? AND turn IS NULL`;
    this.prepare(sql).run(turn, JSON.stringify(stepIds), runId);
  }

  /** Deletes all but the newest requests: `count` of them at most, and less if they are large. */
  prune(count: number): void {
    const sql = `DELETE FROM model_requests WHERE seq <= (
      SELECT MAX(seq) FROM (
        SELECT seq, ROW_NUMBER() OVER newest AS number, SUM(bytes) OVER newest AS total
        FROM model_requests WINDOW newest AS (ORDER BY seq DESC ROWS UNBOUNDED PRECEDING)
      ) WHERE number > ? OR total > ?
    )`;
    this.prepare(sql).run(count, this.limit);
  }

  get isEmpty(): boolean {
    return this.prepare('SELECT 1 FROM model_requests LIMIT 1').get() === undefined;
  }

  content(id: string): ModelRequestContent | undefined {
    const row = this.prepare('SELECT content FROM model_requests WHERE id = ?').get(id);
    if (!row) return undefined;
    return JSON.parse(inflateRawSync(row['content'] as Uint8Array).toString()) as ModelRequestContent;
  }

  /** The `turn` of the requests that have led to a step; undefined if none is stored. */
  turnOf(runId: string, stepId: string): string | undefined {
    const sql = `SELECT turn FROM model_requests, json_each(body, '$.step_ids')
      WHERE run_id = ? AND value = ? LIMIT 1`;
    return this.prepare(sql).get(runId, stepId)?.['turn'] as string | undefined;
  }
}
