import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { unixTime } from '../ids';
import { resolveModel } from '../models/connections';
import { ModelError } from '../models/modelProvider';
import { MissingContentError } from '../store/fileContents';
import type { Store } from '../store/store';
import type { EngineTool, EngineTools } from '../tools/engineTool';
import type { CallsWriter } from './writing/callsWriter';
import { runEvent } from './events';
import type { ExecutionContext, RunContext, RunControl, StopReason } from './executionContext';
import { takeTurn } from './modelTurn';
import { RunCancelledError, RunTakenError } from './runStore';
import { hasEnded, type RunEnd, totalUsage } from './state';

/** How many turns of a run may call tools: a model that never stops calling must not run forever. */
const maxToolTurns = 128;

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
    for (const tool of tools) if (!hostedRun?.has(tool.type)) tool.warmUp?.(run);
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
  const used = isLimited ? totalUsage(steps.map((step) => store.steps.usage(step))) : undefined;
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
