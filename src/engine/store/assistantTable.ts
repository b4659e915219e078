import type { DatabaseSync } from 'node:sqlite';
import type { Assistant } from 'openai/resources/beta/assistants';
import { Table } from './table';

/** Parameters that objects show a default value for, whether a client has set them or not. */
export type GivenParameter = 'temperature' | 'top_p' | 'parallel_tool_calls';

export class AssistantTable extends Table<Assistant> {
  constructor(db: DatabaseSync) {
    super(db, 'assistants');
  }

  /** The parameters that clients have set; empty for an assistant of an earlier version. */
  given(id: string): GivenParameter[] {
    const row = this.prepare('SELECT given FROM assistants WHERE id = ?').get(id);
    return row ? (JSON.parse(row['given'] as string) as GivenParameter[]) : [];
  }

  setGiven(id: string, given: readonly GivenParameter[]): void {
    this.prepare('UPDATE assistants SET given = ? WHERE id = ?').run(JSON.stringify(given), id);
  }
}
