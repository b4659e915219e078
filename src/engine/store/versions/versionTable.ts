import type { DatabaseSync } from 'node:sqlite';
import type { Assistant } from 'openai/resources/beta/assistants';
import { newId, unixTime } from '../../ids';
import type { GivenParameter } from '../tables/assistantTable';
import { Table } from '../tables/table';
import { changedFields } from './changedFields';

/** Who made a version, as far as it is known. */
export type VersionAuthor =
  /** A window of VS Code, or what it imported. */
  | { type: 'vscode' | 'import' }
  /** A program, by the name that it gives itself. */
  | { type: 'program'; user_agent: string | null };

/** Where a version comes from. */
export interface VersionOrigin {
  by: VersionAuthor | null;
  /** The version that was restored. */
  restoredFrom?: number;
}

/** An assistant as it was at a time, an extension of the API. */
export interface AssistantVersion {
  /** `asstver_…`. */
  id: string;
  object: 'assistant.version';
  created_at: number;
  assistant_id: string;
  /** Counts from 1. */
  version: number;
  /** Names of the fields that differ from the version before; empty for the first. */
  changed: string[];
  /** Null if it is not known. */
  by: VersionAuthor | null;
  /** The number of the version that was restored; null if it is none. */
  restored_from: number | null;
  assistant: Assistant;
}

/** How many versions of an assistant are kept, and their size in bytes. The current one always is. */
const defaultLimits = { count: 100, bytes: 8 * 1024 * 1024 };

/** The newest versions of assistants. Call what writes in a transaction. */
export class VersionTable extends Table<AssistantVersion> {
  constructor(
    db: DatabaseSync,
    private readonly limits = defaultLimits,
  ) {
    super(db, 'assistant_versions', { assistant_id: (version) => version.assistant_id });
  }

  /** Adds a version of an assistant, unless it is as it was before. */
  add(
    assistant: Assistant,
    given: readonly GivenParameter[],
    before: Assistant | undefined,
    origin: VersionOrigin,
  ): void {
    const changed = before ? changedFields(before, assistant) : [];
    const newest = this.newestNumber(assistant.id);
    if (before && changed.length === 0 && newest !== null) return this.setGiven(assistant.id, given);
    const version: AssistantVersion = {
      id: newId('asstver'),
      object: 'assistant.version',
      created_at: unixTime(),
      assistant_id: assistant.id,
      version: (newest ?? 0) + 1,
      changed,
      by: origin.by,
      restored_from: origin.restoredFrom ?? null,
      assistant,
    };
    this.insert(version, {
      version: version.version,
      given: JSON.stringify(given),
      bytes: Buffer.byteLength(JSON.stringify(version)),
    });
    this.#prune(assistant.id);
  }

  /** A version by its number or its id. */
  find(assistantId: string, version: string): AssistantVersion | undefined {
    const column = /^\d+$/.test(version) ? 'version' : 'id';
    const sql = `SELECT body FROM assistant_versions WHERE assistant_id = ? AND ${column} = ?`;
    return this.parse(this.prepare(sql).get(assistantId, column === 'version' ? Number(version) : version));
  }

  /** The sampling parameters that clients had set in a version. */
  given(id: string): GivenParameter[] {
    const row = this.prepare('SELECT given FROM assistant_versions WHERE id = ?').get(id);
    return row ? (JSON.parse(row['given'] as string) as GivenParameter[]) : [];
  }

  /** Sets them in the current version. */
  setGiven(assistantId: string, given: readonly GivenParameter[]): void {
    const sql = 'UPDATE assistant_versions SET given = ? WHERE assistant_id = ? AND version = ?';
    this.prepare(sql).run(JSON.stringify(given), assistantId, this.newestNumber(assistantId));
  }

  /** The number of the current version; null if there is none. */
  newestNumber(assistantId: string): number | null {
    const sql = 'SELECT MAX(version) AS version FROM assistant_versions WHERE assistant_id = ?';
    return this.prepare(sql).get(assistantId)?.['version'] as number | null;
  }

  #prune(assistantId: string): void {
    const sql = `DELETE FROM assistant_versions WHERE assistant_id = ?1 AND seq <= (
      SELECT MAX(seq) FROM (
        SELECT seq, ROW_NUMBER() OVER newest AS number, SUM(bytes) OVER newest AS total
        FROM assistant_versions WHERE assistant_id = ?1
        WINDOW newest AS (ORDER BY seq DESC ROWS UNBOUNDED PRECEDING)
      ) WHERE number > ?2 OR (number > 1 AND total > ?3)
    )`;
    this.prepare(sql).run(assistantId, this.limits.count, this.limits.bytes);
  }
}
