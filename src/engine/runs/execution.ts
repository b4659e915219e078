import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { unixTime } from '../ids';
import { withAdvice } from '../hosted/hostedTools';
import type { HostedRun } from '../hosted/hostedRun';
import type { HostedTools } from '../hosted/hostedTools';
import { resolveModel } from '../models/connections';
import {
  type ModelConnection,
  ModelError,
  type ModelFinishReason,
  type ModelUsage,
} from '../models/modelProvider';
import { MissingContentError } from '../store/fileContents';
import type { Store } from '../store/store';
import type { StepTurn } from '../store/runTables';
import type { EngineTool, EngineTools } from '../tools/engineTool';
import type { CallsWriter } from './writing/callsWriter';
import { AnswerCheck } from './emptyAnswer';
import { runEvent, type RunEvents } from './events';
import { modelMemory } from './modelMemory';
import { generateRecorded, recordTurn } from './modelRequests';
import { type RunStore, RunCancelledError, RunTakenError } from './runStore';
import { hasEnded, type RunEnd, totalUsage } from './state';
import { type Prompt, TurnPrompts } from './turnPrompts';
import { TurnWriter } from './writing/turnWriter';

/** How many turns of a run may call tools: a model that never stops calling must not run forever. */
const maxToolTurns = 128;

/** Why an executing run is stopped from outside. */
export type StopReason = 'cancelled' | 'expired' | 'closed';

/** What the execution of runs needs. */
export interface ExecutionContext {
  store: Store;
  events: RunEvents;
  runStore: RunStore;
  models: () => readonly ModelConnection[];
  tools: EngineTools;
  /** Undefined if no tools are left to providers. */
  hosted?: HostedTools;
  /** How many of the newest requests to models are kept; re-read for each. */
  keptRequests: () => number;
  log: (message: string) => void;
}

/** What the execution of one run needs. */
interface RunContext extends ExecutionContext {
  /** Undefined if the model's provider answers none of the run's tools. */
  hostedRun?: HostedRun;
}

/** Controls an executing run. */
export interface RunControl {
  /** Stops it; the reason is a StopReason. */
  signal: AbortSignal;
  /** Stores what the model has written so far. */
  checkpoint: () => void;
}

/** How a turn of the model ended. */
interface Turn {
  reason: ModelFinishReason;
  calls?: CallsWriter;
}

/**
 * Executes a queued run to its end, or to function calls that wait for outputs. A run that is stopped
 * because its engine closes is left for the next engine.
 */
export async function executeRun(
  context: ExecutionContext,
  runId: string,
  control: RunControl,
): Promise<void> {
  const { runStore } = context;
  try {
    const run = runStore.runChanged(runId, (old) => ({
      status: 'in_progress',
      started_at: old.started_at ?? unixTime(),
    }));
    runStore.endOpenCalls(runId);
    // Fails before the tools send or read anything for a model that has no connection.
    resolveModel(context.models(), run.model);
    const tools = toolsOf(run, context.tools);
    for (const tool of tools) await tool.prepare?.(run, control.signal);
    const hostedRun = await context.hosted?.prepare(run, control.signal);
    for (const tool of tools) if (!hostedRun?.has(tool.type)) tool.warmUp?.();
    const end = await takeTurns({ ...context, hostedRun }, run, control);
    if (end) runStore.endRun(runId, end);
    else awaitOutputs(context, runId);
  } catch (error) {
    settle(context, runId, error, control.signal);
  }
}

/** Model turns, and the calls that the engine answers between them. Undefined if functions wait for outputs. */
async function takeTurns(context: RunContext, run: Run, control: RunControl): Promise<RunEnd | undefined> {
  for (;;) {
    const end = limitReached(context.store, run);
    if (end) return end;
    const { reason, calls } = await takeTurn(context, run, control);
    if (reason === 'content_filter') {
      return failed('invalid_prompt', 'The model stopped: its provider filtered the answer.');
    }
    if (reason === 'length') return { status: 'incomplete', reason: 'max_completion_tokens' };
    if (!calls) return { status: 'completed' };
    await answerCalls(calls, control);
    if (calls.calls.some((call) => !call.ofTool)) return undefined;
    calls.complete();
  }
}

/** Answers the calls of the engine's tools one after another, in the order of the model. */
async function answerCalls(calls: CallsWriter, control: RunControl): Promise<void> {
  control.checkpoint = () => calls.save();
  for (const call of calls.calls) {
    if (call.ofTool) calls.answered(call, await call.ofTool.answer(control.signal));
  }
}

/** The engine's tools that a run has. */
function toolsOf(run: Run, tools: EngineTools): EngineTool[] {
  const types = new Set(run.tools.map(({ type }) => type));
  return [...types].flatMap((type) => tools.get(type) ?? []);
}

/** Ends a run before its next turn if its tokens are used up, or it has called tools too often. */
function limitReached(store: Store, run: Run): RunEnd | undefined {
  const steps = store.steps.ofRun(run.id);
  const isLimited = run.max_prompt_tokens !== null || run.max_completion_tokens !== null;
  const used = isLimited ? totalUsage(steps.map((step) => store.steps.turn(step.id).usage)) : undefined;
  if (run.max_prompt_tokens !== null && used && used.prompt_tokens >= run.max_prompt_tokens) {
    return { status: 'incomplete', reason: 'max_prompt_tokens' };
  }
  if (run.max_completion_tokens !== null && used && used.completion_tokens >= run.max_completion_tokens) {
    return { status: 'incomplete', reason: 'max_completion_tokens' };
  }
  const turns = steps.filter((step) => step.type === 'tool_calls').length;
  if (turns < maxToolTurns) return undefined;
  return failed('server_error', `The model called tools ${maxToolTurns} times without reaching an answer.`);
}

/**
 * One model turn, written as it arrives. If the model rejects its prompt as too long, a shorter one is sent,
 * as `truncation_strategy: auto` allows; the step says what was left out.
 */
async function takeTurn(context: RunContext, run: Run, control: RunControl): Promise<Turn> {
  const prompts = new TurnPrompts(context, run);
  let prompt = await prompts.first(control.signal);
  for (;;) {
    try {
      return await streamTurn(context, run, prompt, control);
    } catch (error) {
      if (!(error instanceof ModelError && error.tooLong)) throw error;
      prompt = prompts.shorter(prompt, error);
    }
  }
}

async function streamTurn(context: RunContext, run: Run, prompt: Prompt, control: RunControl): Promise<Turn> {
  const { signal } = control;
  const { connection, model, request, leftOut } = prompt;
  const metadata: Record<string, string> = prompt.isTruncated ? { truncated: 'true' } : {};
  const writer = new TurnWriter(context, run, metadata, context.hostedRun);
  control.checkpoint = () => writer.save();
  const recorder = recordTurn(context, run);
  const turn: StepTurn = { leftOut, details: { context: prompt.context } };
  let reason: ModelFinishReason = 'stop';
  const check = new AnswerCheck();
  try {
    const memory = modelMemory(context.store, connection, model);
    const events = generateRecorded(connection.provider, request, signal, { memory, recorder });
    for await (const event of events) {
      signal.throwIfAborted();
      check.read(event);
      if (event.type === 'text') writer.text(event.text);
      else if (event.type === 'refusal') writer.refusal(event.text);
      else if (event.type === 'tool_call') writer.toolCall(event.index, event.id, event.name);
      else if (event.type === 'tool_call_arguments') writer.toolCallArguments(event.index, event.arguments);
      else if (event.type === 'tool_call_state') writer.toolCallState(event.index, event.state);
      else if (event.type === 'provider_state') turn.providerState = event.state;
      else if (event.type === 'usage') Object.assign(turn, turnUsage(event.usage, turn));
      else if (event.type === 'omitted') turn.details = withOmitted(turn, event.parts);
      else if (event.type === 'reasoning') writer.reasoning(event.text);
      else if (event.type === 'text_was_reasoning') writer.textWasReasoning();
      else if (event.type === 'sources') writer.sources(event.sources);
      else if (event.type === 'finish') reason = event.reason;
      else await writer.hosted(event, signal);
    }
    signal.throwIfAborted();
    const error = check.error(connection, model, reason);
    // A limit of the run's own is not a failure.
    const isLimited = reason === 'length' && run.max_completion_tokens !== null;
    if (error && !isLimited && !writer.hasImages) throw error;
  } catch (error) {
    if (!(error instanceof RunTakenError)) writer.stop();
    recorder?.save(writer.stepIds, error);
    throw context.hostedRun && isRejection(error) ? withAdvice(error) : error;
  }
  if (reason === 'length' || reason === 'content_filter') {
    writer.cut(turn);
    recorder?.save(writer.stepIds);
    return { reason };
  }
  const calls = writer.finish(turn);
  recorder?.save(writer.stepIds);
  return { reason, calls };
}

/** Whether a provider has rejected a request, possibly because of its hosted tools. */
function isRejection(error: unknown): boolean {
  return error instanceof ModelError && [400, 404].includes(error.status ?? 0);
}

/** Pauses the run until the outputs of its function calls are submitted, to any engine of the data folder. */
function awaitOutputs(context: ExecutionContext, runId: string): void {
  const { store, runStore, events } = context;
  const details = store.steps.ofRun(runId).findLast((s) => s.status === 'in_progress')?.step_details;
  const calls = details?.type === 'tool_calls' ? details.tool_calls : [];
  const tool_calls = calls
    .filter((call) => call.type === 'function')
    .map(({ id, function: { name, arguments: json } }) => ({
      id,
      type: 'function' as const,
      function: { name, arguments: json },
    }));
  runStore.runChanged(
    runId,
    () => ({
      status: 'requires_action',
      required_action: { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls } },
    }),
    () => store.runs.setOwner(runId, null),
  );
  events.end(runId);
}

function settle(context: ExecutionContext, runId: string, error: unknown, signal: AbortSignal): void {
  const { runStore, log } = context;
  if (error instanceof RunTakenError) closeReaders(context, runId);
  else if (error instanceof RunCancelledError) runStore.endRun(runId, { status: 'cancelled' });
  else if (signal.aborted) {
    const reason = signal.reason as StopReason;
    if (reason !== 'closed') runStore.endRun(runId, { status: reason });
  } else if (error instanceof ModelError) {
    runStore.endRun(runId, failed(error.code, error.message));
  } else if (error instanceof MissingContentError) {
    runStore.endRun(runId, failed('server_error', error.message));
  } else {
    const cause = error instanceof Error ? error : new Error(String(error));
    log(`Run ${runId} failed: ${cause.stack ?? cause.message}`);
    const reason = context.store.storeErrorOf(cause);
    const message = reason?.message ?? `Something went wrong in Assistants Studio: ${cause.message}`;
    runStore.endRun(runId, failed('server_error', message));
  }
}

/** Closes the readers of a run that another engine or a request has ended, claimed or deleted. */
function closeReaders({ store, events }: ExecutionContext, runId: string): void {
  const run = store.runs.get(runId);
  if (run && hasEnded(run)) events.emit(runId, runEvent(run));
  events.end(runId);
}

function failed(code: Run.LastError['code'], message: string): RunEnd {
  return { status: 'failed', error: { code, message } };
}

function withOmitted({ details }: StepTurn, parts: readonly string[]): StepTurn['details'] {
  return { ...details, omitted: [...new Set([...(details?.omitted ?? []), ...parts])] };
}

function turnUsage(usage: ModelUsage, { details }: StepTurn): Pick<StepTurn, 'usage' | 'details'> {
  const context = details?.context && { context: { ...details.context, tokens: usage.promptTokens } };
  const { promptTokens, completionTokens, cachedTokens, reasoningTokens } = usage;
  const more = {
    ...(cachedTokens !== undefined && { cached_tokens: cachedTokens }),
    ...(reasoningTokens !== undefined && { reasoning_tokens: reasoningTokens }),
  };
  return {
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
    details: { ...details, ...context, ...(Object.keys(more).length > 0 && { usage: more }) },
  };
}
