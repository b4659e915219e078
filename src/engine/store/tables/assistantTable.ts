import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Assistant } from 'openai/resources/beta/assistants';
import { Table } from './table';
import { type VersionOrigin, VersionTable } from '../versions/versionTable';

/** Parameters that objects show a default value for, whether a client has set them or not. */
export type GivenParameter = 'temperature' | 'top_p' | 'parallel_tool_calls';

/** Assistants. Each state in which one was stored is a version. */
export class AssistantTable extends Table<Assistant> {
  readonly versions: VersionTable;

  constructor(db: DatabaseSync) {
    super(db, 'assistants');
    this.versions = new VersionTable(db);
  }

  /** Call it in a transaction. */
  override insert(
    assistant: Assistant,
    more: Record<string, SQLInputValue> = {},
    origin: VersionOrigin = { by: null },
  ): Assistant {
    super.insert(assistant, more);
    this.versions.add(assistant, this.given(assistant.id), undefined, origin);
    return assistant;
  }

  /** Replaces an assistant, and if given the parameters that are set. Call it in a transaction. */
  override update(
    assistant: Assistant,
    origin: VersionOrigin = { by: null },
    given?: readonly GivenParameter[],
  ): Assistant {
    const before = this.get(assistant.id);
    super.update(assistant);
    if (given) this.#setGiven(assistant.id, given);
    if (before) this.versions.add(assistant, this.given(assistant.id), before, origin);
    return assistant;
  }

  /** The parameters that clients have set; empty for an assistant of an earlier version. */
  given(id: string): GivenParameter[] {
    const row = this.prepare('SELECT given FROM assistants WHERE id = ?').get(id);
    return row ? (JSON.parse(row['given'] as string) as GivenParameter[]) : [];
  }

  /** Sets them in the current version. */
  setGiven(id: string, given: readonly GivenParameter[]): void {
    this.#setGiven(id, given);
    this.versions.setGiven(id, given);
  }

  #setGiven(id: string, given: readonly GivenParameter[]): void {
    this.prepare('UPDATE assistants SET given = ? WHERE id = ?').run(JSON.stringify(given), id);
  }
}
