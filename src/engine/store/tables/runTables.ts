import type { DatabaseSync } from 'node:sqlite';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { ReasoningEffort } from 'openai/resources/shared';
import type { GivenParameter } from './assistantTable';
import { CallResultTables, type FoundPassage } from './callResultTables';
import { EndedSteps, type PlacedStep } from '../endedSteps';
import { Table } from './table';

/** Parameters of a run that its API object has no field for. */
export interface RunSettings {
  reasoningEffort?: ReasoningEffort;
  /** The parameters that the run or its assistant sets; other values on the run's object are the API's defaults. */
  given?: GivenParameter[];
  /** The version of the assistant that it was created with; unset for runs of an earlier time. */
  assistantVersion?: number;
}

/** A passage that a file search found. */
export interface StoredPassage {
  file_id: string;
  file_name: string;
  /** 0–1. */
  score: number;
  text: string;
  /** Undefined if it is not known. */
  location?: PassageLocation;
}

/** The position of a passage in the text of its file. */
export interface PassageLocation {
  /** Offsets into the text, in UTF-16 units. */
  start: number;
  end: number;
  /** The line it begins on, 1-based. */
  line: number;
  /** The PDF page, slide or sheet it begins on, 1-based, if the file has them. */
  page?: number;
}

/** The results of a file search. */
export interface StoredSearch {
  /** Its 0-based index among the searches of the thread: the first number of the marks that cite it. */
  number: number;
  /** JSON, as the model wrote it. */
  arguments: string;
  /** Best first. */
  passages: StoredPassage[];
  /** A note that the model got with the passages. */
  note?: string;
}

/** What clients can read of the model turn behind a step with `include[]=turn`, an extension of the API. */
export interface TurnDetails {
  /** The model's reasoning; `seconds`: how long it took, unset while it lasts; `cut`: the rest was not kept. */
  reasoning?: { text: string; seconds?: number; cut?: true };
  /** Of the prompt's and the completion's tokens, as far as the provider says. */
  usage?: { cached_tokens?: number; reasoning_tokens?: number };
  /** What the server rejected and the turn was sent without: names of parameters, `images`. */
  omitted?: string[];
  /** How full the model's context was. */
  context?: TurnContextDetails;
}

/** What clients can read of the context of a model turn. */
export interface TurnContextDetails {
  /** The model's context window in tokens, as its server or the user says; null if it is not known. */
  window: number | null;
  /** Tokens of the prompt: those that the provider counted, or an estimate. */
  tokens: number;
  /** The window that the model can have, if its server uses much less of it: a setting of that server. */
  model_window?: number;
  /** The number of messages of the thread that were not sent, if any. */
  messages_left_out?: number;
  /** The number of tool outputs that were sent shortened, or left out with their calls, if any. */
  outputs_shortened?: number;
}

/** What a request left out of its thread, so that the next one leaves out the same. */
export interface LeftOut {
  /** The model and budget that it was decided for. */
  for?: string;
  /** The oldest turn that was sent: the id of a message or a run. Undefined if all were sent. */
  from?: string;
  /** The outputs of all runs before this one are shortened further, and those of its steps up to `shortStep`. */
  shortRun?: string;
  shortStep?: string;
  /** The calls of the steps of `shortRun` up to this one are left out. */
  omittedStep?: string;
}

/** Data of the model turn behind a step that the step's API object has no field for. */
export interface StepTurn {
  /** Tokens of the turn; copied to the step when it ends. */
  usage?: RunStep.Usage;
  /** What clients can ask for. */
  details?: TurnDetails;
  leftOut?: LeftOut;
  /** Opaque state that the model's provider wants back with the next turn. */
  providerState?: unknown;
  /** Opaque state of the calls, sent back with them, by call id. */
  calls?: Record<string, unknown>;
  /** Outputs of the calls that the engine answered, as the model got them, by call id. */
  answers?: Record<string, string>;
  /** Provider state of the calls that the provider answered itself, sent back with them, by call id. */
  hosted?: Record<string, unknown>;
  /** Results of the file searches, by call id. */
  searches?: Record<string, StoredSearch>;
  /** Ids of the files that code wrote, by their path below `/mnt/data`. */
  files?: Record<string, string>;
}

/** The statuses in which a run locks its thread; also the condition of the index `one_active_run`. */
const active = `status IN ('queued', 'in_progress', 'requires_action', 'cancelling')`;

export class RunTable extends Table<Run> {
  constructor(db: DatabaseSync) {
    super(db, 'runs', { thread_id: (run) => run.thread_id, status: (run) => run.status });
  }

  settings(id: string): RunSettings {
    const row = this.prepare('SELECT settings FROM runs WHERE id = ?').get(id);
    return row ? (JSON.parse(row['settings'] as string) as RunSettings) : {};
  }

  /** The active run of a thread, if any. */
  activeOf(threadId: string): Run | undefined {
    return this.parse(this.prepare(`SELECT body FROM runs WHERE thread_id = ? AND ${active}`).get(threadId));
  }

  /** All active runs, oldest first, each with the engine that executes it (null if none does). */
  allActive(): { run: Run; owner: string | null }[] {
    return this.prepare(`SELECT body, owner FROM runs WHERE ${active} ORDER BY seq`)
      .all()
      .map((row) => ({ run: this.parse(row) as Run, owner: row['owner'] as string | null }));
  }

  /** Whether any run is active and does not wait for function outputs. */
  areUnderWay(): boolean {
    const sql = `SELECT 1 FROM runs WHERE ${active} AND status <> 'requires_action' LIMIT 1`;
    return this.prepare(sql).get() !== undefined;
  }

  ownerOf(id: string): string | null {
    const row = this.prepare('SELECT owner FROM runs WHERE id = ?').get(id);
    return (row?.['owner'] as string | null | undefined) ?? null;
  }

  setOwner(id: string, owner: string | null): void {
    this.prepare('UPDATE runs SET owner = ? WHERE id = ?').run(owner, id);
  }

  /** Releases the run, if `owner` still owns it. */
  release(id: string, owner: string): void {
    this.prepare('UPDATE runs SET owner = NULL WHERE id = ? AND owner = ?').run(id, owner);
  }
}

const stepColumns = { thread_id: (step: RunStep) => step.thread_id, run_id: (step: RunStep) => step.run_id };

/** The field `expires_at` of a step, which the hosted service had and the document does not: that of its run. */
export function expiryOf(run: Pick<Run, 'expires_at'> | undefined): { expires_at: number | null } {
  return { expires_at: run?.expires_at ?? null };
}

/** Adds the field to steps that were stored without it. */
class StepReader extends Table<RunStep> {
  protected override parse(row: Record<string, unknown> | undefined): RunStep | undefined {
    const step = super.parse(row);
    return step && { ...expiryOf(undefined), ...step };
  }
}

/**
 * Run steps. Those whose model has only reasoned so far, or ended that way, are hidden: the API has no such
 * steps. Hidden steps are `tool_calls` without calls.
 */
export class StepTable extends StepReader {
  /** All steps, for readers that ask for reasoning. */
  readonly withHidden: Table<RunStep>;
  readonly #ended = new EndedSteps();
  readonly #results: CallResultTables;

  constructor(db: DatabaseSync) {
    super(db, 'run_steps', stepColumns, 'thinking = 0');
    this.withHidden = new StepReader(db, 'run_steps', stepColumns);
    this.#results = new CallResultTables(db);
  }

  insertHidden(step: RunStep): void {
    this.insert(step, { thinking: 1 });
  }

  /** Inserts a copy of another thread's step, with the turn as it is stored. */
  insertCopy(step: RunStep, turn: string, thinking: number): void {
    this.insert(step, { thinking, turn });
    if (/"(?:searches|files)"/.test(turn)) this.#results.note(step.id, JSON.parse(turn) as StepTurn);
  }

  /** Replaces a hidden step by this one, which has its id and is not hidden. */
  reveal(step: RunStep): void {
    this.update(step);
    this.prepare('UPDATE run_steps SET thinking = 0 WHERE id = ?').run(step.id);
  }

  /** The hidden step of a run, of which there is one at most. */
  hiddenOf(runId: string): RunStep | undefined {
    return this.parse(
      this.prepare('SELECT body FROM run_steps WHERE run_id = ? AND thinking = 1').get(runId),
    );
  }

  deleteHidden(runId: string): void {
    this.prepare('DELETE FROM run_steps WHERE run_id = ? AND thinking = 1').run(runId);
  }

  turn(id: string): StepTurn {
    const row = this.prepare('SELECT turn FROM run_steps WHERE id = ?').get(id);
    return row ? (JSON.parse(row['turn'] as string) as StepTurn) : {};
  }

  /** Characters of a step's stored turn, which tell whether it has changed. */
  turnLength(id: string): number {
    return (this.prepare('SELECT length(turn) AS length FROM run_steps WHERE id = ?').get(id)?.['length'] ??
      0) as number;
  }

  /** Stores the turn of a step. Call it in a transaction. */
  setTurn(id: string, turn: StepTurn): void {
    this.prepare('UPDATE run_steps SET turn = ? WHERE id = ?').run(JSON.stringify(turn), id);
    this.#results.note(id, turn);
  }

  /** What the newest request of a thread left out; undefined if it is not known. */
  lastLeftOut(threadId: string): LeftOut | undefined {
    const sql = `SELECT turn -> '$.leftOut' AS left_out FROM run_steps
      WHERE thread_id = ? AND turn -> '$.leftOut' IS NOT NULL ORDER BY seq DESC LIMIT 1`;
    const row = this.prepare(sql).get(threadId);
    return row && (JSON.parse(row['left_out'] as string) as LeftOut);
  }

  /** The steps of a run, oldest first. Do not change them: those that have ended are kept for the next call. */
  ofRun(runId: string): RunStep[] {
    return this.#ended.ofRun(runId, (from) => this.#from(runId, from));
  }

  /** The tokens of a step's turn. */
  usage({ id, status, usage }: RunStep): RunStep.Usage | null | undefined {
    return status === 'in_progress' ? this.turn(id).usage : usage;
  }

  /** The number that the next file search of a thread gets. */
  nextSearchNumber(threadId: string): number {
    return this.#results.nextNumber(threadId);
  }

  /** A file search of a thread with its passages. */
  search(threadId: string, number: number): StoredSearch | undefined {
    const place = this.#results.placeOf(threadId, number);
    return place && this.turn(place.stepId).searches?.[place.callId];
  }

  /** The id of the file of a passage that a file search of a thread has found. */
  citedFile(threadId: string, search: number, passage: number): string | undefined {
    return this.#results.fileOf(threadId, search, passage);
  }

  /** The best passage of a file in the newest file search of a thread that found it. */
  newestPassage(threadId: string, fileId: string): FoundPassage | undefined {
    return this.#results.newestPassage(threadId, fileId);
  }

  /** The ids of the files that the tools of a thread have written, by name; the newest of each name. */
  writtenFiles(threadId: string): Map<string, string> {
    return this.#results.writtenFiles(threadId);
  }

  #from(runId: string, seq: number): PlacedStep[] {
    const sql = 'SELECT seq, body FROM run_steps WHERE run_id = ? AND seq >= ? AND thinking = 0 ORDER BY seq';
    return this.prepare(sql)
      .all(runId, seq)
      .map((row) => ({
        seq: row['seq'] as number,
        step: this.parse(row) as RunStep,
        length: (row['body'] as string).length,
      }));
  }
}
