import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { badRequest } from '../errors';
import { unixTime } from '../ids';
import type { Store } from '../store/store';

export interface ToolOutput {
  tool_call_id?: string;
  output?: string;
}

/** A run that continues with the outputs of its calls. */
export interface SubmittedRun {
  run: Run;
  /** The step of the calls, completed. */
  step: RunStep;
}

/**
 * Writes the outputs of the calls that a run waits for, and queues it for the engine `owner`; to be
 * called in a transaction. Throws the API's 400 if an output is missing, unknown or given twice.
 */
export function submitOutputs(
  store: Store,
  runId: string,
  outputs: readonly ToolOutput[],
  owner: string,
): SubmittedRun {
  const run = store.runs.get(runId);
  const step = store.steps.ofRun(runId).findLast((s) => s.status === 'in_progress');
  const details = step?.step_details;
  if (run?.status !== 'requires_action' || !step || details?.type !== 'tool_calls') {
    throw badRequest(`Runs in status "${run?.status ?? 'unknown'}" do not accept tool outputs.`);
  }
  const expected = run.required_action?.submit_tool_outputs.tool_calls.map((call) => call.id) ?? [];
  const given = outputsById(outputs, expected);
  const missing = expected.filter((id) => !given.has(id));
  if (missing.length > 0) {
    throw badRequest(
      `Expected tool outputs for call_ids [${expected.join(', ')}], got [${[...given.keys()].join(', ')}].`,
      'tool_outputs',
    );
  }
  const tool_calls = details.tool_calls.map((call) =>
    call.type === 'function'
      ? { ...call, function: { ...call.function, output: given.get(call.id) ?? '' } }
      : call,
  );
  store.runs.setOwner(runId, owner);
  return {
    run: store.runs.update({ ...run, status: 'queued', required_action: null }),
    step: store.steps.update({
      ...step,
      status: 'completed',
      completed_at: unixTime(),
      usage: store.steps.turn(step.id).usage ?? null,
      step_details: { type: 'tool_calls', tool_calls },
    }),
  };
}

function outputsById(outputs: readonly ToolOutput[], expected: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (const [index, { tool_call_id: id, output }] of outputs.entries()) {
    const param = `tool_outputs[${index}].tool_call_id`;
    if (id === undefined)
      throw badRequest(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
    if (!expected.includes(id)) {
      throw badRequest(
        `Unknown tool call id '${id}'. This run waits for [${expected.join(', ')}].`,
        param,
        'invalid_value',
      );
    }
    if (given.has(id))
      throw badRequest(`Two outputs were given for the tool call id '${id}'.`, param, 'invalid_value');
    given.set(id, output ?? '');
  }
  return given;
}
