import type { DatabaseSync } from 'node:sqlite';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { ReasoningEffort } from 'openai/resources/shared';
import { Table } from './table';

/** What a run was asked for that its object has no field for. */
export interface RunSettings {
  reasoningEffort?: ReasoningEffort;
}

/** A passage that a file search has found. */
export interface StoredPassage {
  file_id: string;
  file_name: string;
  /** 0–1. */
  score: number;
  text: string;
  /** None: it is not known. */
  location?: PassageLocation;
}

/** Where a passage stands in what was read of its file. */
export interface PassageLocation {
  /** Offsets into the text, in UTF-16 units. */
  start: number;
  end: number;
  /** Where it begins, 1-based. */
  line: number;
  /** The PDF page, slide or sheet, where the file has such. */
  page?: number;
}

/** What a file search has found. */
export interface StoredSearch {
  /** Its place among the searches of the thread, from 0: the first number of the marks that cite it. */
  number: number;
  /** JSON. */
  arguments: string;
  /** The best one first. */
  passages: StoredPassage[];
  /** What else the model was told. */
  note?: string;
}

/** What is known of the model turn that made a step and its object has no field for. */
export interface StepTurn {
  /** Tokens of the turn; the step shows them once it has ended. */
  usage?: RunStep.Usage;
  /** What the model's provider wants back with the next turn. */
  providerState?: unknown;
  /** What the model was told of the calls that the engine answered, by their id. */
  answers?: Record<string, string>;
  /** What the calls that the provider answered itself go back to it with, by their id. */
  hosted?: Record<string, unknown>;
  /** What the file searches have found, by the id of their call. */
  searches?: Record<string, StoredSearch>;
  /** The ids of the files that code wrote, by their name below `/mnt/data`. */
  files?: Record<string, string>;
}

/** The statuses in which a run holds its thread; also the condition of the index `one_active_run`. */
const active = `status IN ('queued', 'in_progress', 'requires_action', 'cancelling')`;

export class RunTable extends Table<Run> {
  constructor(db: DatabaseSync) {
    super(db, 'runs', { thread_id: (run) => run.thread_id, status: (run) => run.status });
  }

  settings(id: string): RunSettings {
    const row = this.prepare('SELECT settings FROM runs WHERE id = ?').get(id);
    return row ? (JSON.parse(row['settings'] as string) as RunSettings) : {};
  }

  /** The run that holds a thread, if one does. */
  activeOf(threadId: string): Run | undefined {
    return this.parse(this.prepare(`SELECT body FROM runs WHERE thread_id = ? AND ${active}`).get(threadId));
  }

  /** Every run that holds its thread, with the engine that executes it (null: none does). */
  allActive(): { run: Run; owner: string | null }[] {
    return this.prepare(`SELECT body, owner FROM runs WHERE ${active} ORDER BY seq`)
      .all()
      .map((row) => ({ run: this.parse(row) as Run, owner: row['owner'] as string | null }));
  }

  ownerOf(id: string): string | null {
    const row = this.prepare('SELECT owner FROM runs WHERE id = ?').get(id);
    return (row?.['owner'] as string | null | undefined) ?? null;
  }

  setOwner(id: string, owner: string | null): void {
    this.prepare('UPDATE runs SET owner = ? WHERE id = ?').run(owner, id);
  }

  /** Nobody executes the run any more, if this engine did. */
  release(id: string, owner: string): void {
    this.prepare('UPDATE runs SET owner = NULL WHERE id = ? AND owner = ?').run(id, owner);
  }
}

export class StepTable extends Table<RunStep> {
  constructor(db: DatabaseSync) {
    super(db, 'run_steps', { thread_id: (step) => step.thread_id, run_id: (step) => step.run_id });
  }

  turn(id: string): StepTurn {
    const row = this.prepare('SELECT turn FROM run_steps WHERE id = ?').get(id);
    return row ? (JSON.parse(row['turn'] as string) as StepTurn) : {};
  }

  setTurn(id: string, turn: StepTurn): void {
    this.prepare('UPDATE run_steps SET turn = ? WHERE id = ?').run(JSON.stringify(turn), id);
  }

  /** What is known of the turns of a thread, oldest first. */
  turnsOfThread(threadId: string): StepTurn[] {
    return this.prepare('SELECT turn FROM run_steps WHERE thread_id = ? ORDER BY seq')
      .all(threadId)
      .map((row) => JSON.parse(row['turn'] as string) as StepTurn);
  }

  /** What the file searches of a thread have found, oldest first. */
  searchesOfThread(threadId: string): StoredSearch[] {
    const sql = `SELECT turn ->> '$.searches' AS searches FROM run_steps
      WHERE thread_id = ? AND turn -> '$.searches' IS NOT NULL ORDER BY seq`;
    return this.prepare(sql)
      .all(threadId)
      .flatMap((row) => Object.values(JSON.parse(row['searches'] as string) as Record<string, StoredSearch>));
  }

  /** How many file searches a thread has seen. */
  countSearches(threadId: string): number {
    const sql = `SELECT COUNT(*) AS searches FROM run_steps, json_each(turn, '$.searches') WHERE thread_id = ?`;
    return this.prepare(sql).get(threadId)?.['searches'] as number;
  }

  /** The steps of a run, oldest first. */
  ofRun(runId: string): RunStep[] {
    return this.all({ run_id: runId });
  }
}
