import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { ToolCall, ToolCallDelta } from 'openai/resources/beta/threads/runs/steps';
import type * as z from 'zod';
import type { EngineRegistry } from '../engineRegistry';
import type { HostedPassage, ModelConnection, ModelEvent, ModelTool } from '../models/modelProvider';
import type { StoredPassage, StoredSearch } from '../store/tables/runTables';
import type { Store } from '../store/store';

/** A tool that the engine answers itself. Runs, and the API's `tools`, know it by this interface alone. */
export interface EngineTool {
  /** Its `type` in the `tools` of assistants and runs and in the calls of steps; its name for the model. */
  readonly type: string;
  /** The schema of its entry in `tools`: an object whose `type` is a literal, the tool's. */
  readonly entry: z.ZodObject;
  /** How the model is offered it. */
  readonly definition: Omit<ModelTool, 'name'>;
  /**
   * Prepares for a run, which waits for it before its first model turn. Also called where the model's
   * provider will answer the tool's calls. A rejection ends the run.
   */
  prepare?(run: Run, signal: AbortSignal): Promise<void>;
  /** Gets ready in the background for a run whose calls of this tool the engine answers. */
  warmUp?(run: Run): void;
  /** The model begins a call. */
  begin(call: NewCall): EngineCall;
  /**
   * An answered call as later turns and later runs send it to the model. The tool shortens an output that can be
   * shortened to about `maxTokens`; the engine sends what it returns. Undefined leaves the call out.
   */
  recall(call: ToolCall, record: CallRecord, maxTokens: number): RecalledCall | undefined;
  /** The ids of the image files that a call shows to the user; the run's next message contains them. */
  imagesOf?(call: ToolCall): string[];
  /** Copies what the tool stored for a thread to a fork of it, which has no runs yet. */
  copyThread?(from: string, to: string): Promise<void>;
  /** Called before a thread is deleted, so that the deletion can be completed after a crash. */
  threadDeleting?(threadId: string): void;
  /** Deletes what the tool stored for a thread. Returns at once; reports failures to the log. */
  forgetThread?(threadId: string): void;
  /** Called once, when the engine closes, after its runs have stopped. */
  close?(): Promise<void>;
}

/** The tools of an engine by their type. */
export type EngineTools = ReadonlyMap<string, EngineTool>;

/** Creates a tool for an engine. */
export type EngineToolFactory = (parts: EngineToolParts) => EngineTool;

/** The parts of an engine that its tools share. */
export interface EngineToolParts {
  store: Store;
  registry: EngineRegistry;
  /** Re-read on each use. */
  models: () => readonly ModelConnection[];
  /** The configured embeddings model as `connection/model`; re-read on each use. */
  embeddings: () => string | undefined;
  log: (message: string) => void;
}

export interface NewCall {
  /** Unique within the run. */
  id: string;
  run: Run;
  /**
   * Streams a change of the call to the run's readers: to all, or to those that a form of output is for. Not to be
   * called before `begin` has returned.
   */
  emit: (delta: CallDelta, form?: OutputForm) => void;
}

/**
 * Deltas of an output come in two forms, of which each reader gets one: pieces as they are written, or the whole once
 * it is complete, as the hosted service sent it. Some clients append deltas of one index, others keep the last one.
 */
export type OutputForm = 'piece' | 'whole';

/** A change of a call, as a step delta has it without its `index`. */
export type CallDelta = ToolCallDelta extends infer D
  ? D extends unknown
    ? Omit<D, 'index'>
    : never
  : never;

/** A call under way. */
export interface EngineCall {
  /** The call as its step shows it now: an object of its own, which does not change later. */
  readonly toolCall: ToolCall;
  /**
   * The model has written more of the arguments: `json` is all of them so far. Called once more with
   * `isComplete` at the end of the model's turn; `json` may still be invalid, or empty.
   */
  argumentsWritten(json: string, isComplete: boolean): void;
  /** Answers the call. What is wrong with its arguments belongs in the answer: a rejection ends the run. */
  answer(signal: AbortSignal): Promise<CallRecord>;
  /** Takes an event of a call that the model's provider answers itself. Returns the record once it is answered. */
  hosted?(event: HostedCallEvent, results: HostedResults): Promise<CallRecord | undefined>;
}

/** What is stored of an answered call beside its object in the step. */
export interface CallRecord {
  /** The output that is sent to the model. */
  answer?: string;
  /** The passages found: answers of the thread can cite them. */
  search?: StoredSearch;
  /** The ids of the files written, by their name below `/mnt/data`: answers of the thread can link to them. */
  files?: Record<string, string>;
}

/** A call and its output as the model gets them. */
export interface RecalledCall {
  /** JSON. */
  arguments: string;
  output: string;
  /** Whether a part of the output was left out. */
  shortened?: boolean;
}

export type HostedCallEvent = Extract<
  ModelEvent,
  { type: 'hosted_code' | 'hosted_search' | 'hosted_outputs' }
>;

/** Turns what a provider's own tools return into objects of this engine. */
export interface HostedResults {
  passage(found: HostedPassage): StoredPassage;
  /** Stores an image; returns its file's id, or undefined if the URL does not contain the image. */
  keepImage(url: string): Promise<string | undefined>;
}
