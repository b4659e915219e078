import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { withAdvice } from '../hosted/hostedTools';
import { ModelError, type ModelFinishReason, type ModelUsage } from '../models/modelProvider';
import type { StepTurn } from '../store/tables/runTables';
import type { CallsWriter } from './writing/callsWriter';
import { AnswerCheck } from './answerCheck';
import type { RunContext, RunControl } from './executionContext';
import { modelMemory } from './modelMemory';
import { generateRecorded, recordTurn } from './modelRequests';
import { RunTakenError } from './runStore';
import { type Prompt, TurnPrompts } from './prompt/turnPrompts';
import { TurnWriter } from './writing/turnWriter';

/** How a turn of the model ended. */
export interface Turn {
  reason: ModelFinishReason;
  calls?: CallsWriter;
}

/**
 * One model turn, written as it arrives. If the model rejects its prompt as too long, a shorter one is sent,
 * as `truncation_strategy: auto` allows; the step says what was left out.
 */
export async function takeTurn(context: RunContext, run: Run, control: RunControl): Promise<Turn> {
  const prompts = new TurnPrompts(context, run, control.signal);
  let prompt = await prompts.first();
  for (;;) {
    try {
      return await streamTurn(context, run, prompt, control);
    } catch (error) {
      if (!(error instanceof ModelError && error.tooLong)) throw error;
      prompt = await prompts.shorter(prompt, error);
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
