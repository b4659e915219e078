import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type {
  CodeInterpreterToolCall,
  CodeInterpreterToolCallDelta,
  RunStep,
  RunStepDelta,
  ToolCall,
  ToolCallDelta,
} from 'openai/resources/beta/threads/runs/steps';
import { isObjectOf, isString, type Guarded } from '../../protocol/guards';
import { turnOf, withTurn } from '../../protocol/turns';

type CodeOutput = CodeInterpreterToolCall['code_interpreter']['outputs'][number];
type CodeOutputDelta = NonNullable<
  NonNullable<CodeInterpreterToolCallDelta['code_interpreter']>['outputs']
>[number];

/** The steps of a followed run, with their content so far. */
export class LiveSteps {
  private readonly steps = new Map<string, RunStep>();

  /** Applies an event of the run's stream. */
  apply(event: AssistantStreamEvent): void {
    const thought = reasoningDelta(event);
    if (thought) {
      const step = this.steps.get(thought.id);
      if (step) this.steps.set(step.id, withReasoning(step, thought.delta.text));
    } else if (event.event === 'thread.run.step.delta') {
      appendDelta(this.steps.get(event.data.id), event.data.delta);
    } else if (isStepEvent(event)) {
      this.steps.set(event.data.id, structuredClone(event.data));
    }
  }

  get(stepId: string): RunStep | undefined {
    return this.steps.get(stepId);
  }
}

type StepEvent = Extract<AssistantStreamEvent, { data: RunStep }>;

/** Whether an event contains a whole step. */
export function isStepEvent(event: AssistantStreamEvent): event is StepEvent {
  return event.event.startsWith('thread.run.step.') && !event.event.endsWith('.delta');
}

const isReasoningDelta = isObjectOf({ id: isString, delta: isObjectOf({ text: isString }) });

/** A piece of a step's reasoning, which our engine adds to the events of the API; undefined for other events. */
export function reasoningDelta(event: AssistantStreamEvent): Guarded<typeof isReasoningDelta> | undefined {
  const { event: name, data }: { event: string; data: unknown } = event;
  return name === 'thread.run.step.reasoning.delta' && isReasoningDelta(data) ? data : undefined;
}

function withReasoning(step: RunStep, added: string): RunStep {
  const turn = turnOf(step);
  return withTurn(step, { ...turn, reasoning: { text: (turn.reasoning?.text ?? '') + added } });
}

function appendDelta(step: RunStep | undefined, { step_details: delta }: RunStepDelta): void {
  if (step?.step_details.type !== 'tool_calls' || delta?.type !== 'tool_calls') return;
  const calls = step.step_details.tool_calls;
  for (const call of delta.tool_calls ?? []) {
    const known = calls[call.index];
    // Calls start in order; a gap would be an error of the server and is ignored.
    if (known) appendToCall(known, call);
    else if (call.index === calls.length) calls.push(newCall(call));
  }
}

function newCall(delta: ToolCallDelta): ToolCall {
  const id = delta.id ?? '';
  let call: ToolCall;
  switch (delta.type) {
    case 'code_interpreter':
      call = { id, type: delta.type, code_interpreter: { input: '', outputs: [] } };
      break;
    case 'function':
      call = { id, type: delta.type, function: { name: '', arguments: '', output: null } };
      break;
    case 'file_search':
      return { id, type: delta.type, file_search: {} };
  }
  appendToCall(call, delta);
  return call;
}

function appendToCall(call: ToolCall, delta: ToolCallDelta): void {
  if (call.type === 'code_interpreter' && delta.type === 'code_interpreter') {
    call.code_interpreter.input += delta.code_interpreter?.input ?? '';
    for (const output of delta.code_interpreter?.outputs ?? []) {
      appendOutput(call.code_interpreter.outputs, output);
    }
  } else if (call.type === 'function' && delta.type === 'function') {
    call.function.name += delta.function?.name ?? '';
    call.function.arguments += delta.function?.arguments ?? '';
    call.function.output = delta.function?.output ?? call.function.output;
  }
}

/** Logs arrive in pieces, an image as a whole. */
function appendOutput(outputs: CodeOutput[], delta: CodeOutputDelta): void {
  const known = outputs[delta.index];
  if (known?.type === 'logs' && delta.type === 'logs') known.logs += delta.logs ?? '';
  else if (delta.index !== outputs.length) return;
  else if (delta.type === 'logs') outputs.push({ type: 'logs', logs: delta.logs ?? '' });
  else outputs.push({ type: 'image', image: { file_id: delta.image?.file_id ?? '' } });
}
