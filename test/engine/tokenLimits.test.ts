import assert from 'node:assert/strict';
import type OpenAI from 'openai';
import type { RunCreateParamsNonStreaming } from 'openai/resources/beta/threads/runs/runs';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { ModelEvent } from '../../src/engine/models/modelProvider';
import { createTutor, openEngine, says, ScriptedModel } from './support';

/** A turn that calls the function `f` and used so many tokens. */
function callTurn(id: string, promptTokens: number, completionTokens: number): ModelEvent[] {
  return [
    { type: 'tool_call', index: 0, id, name: 'f' },
    { type: 'tool_call_arguments', index: 0, arguments: '{}' },
    { type: 'usage', usage: { promptTokens, completionTokens } },
    { type: 'finish', reason: 'tool_calls' },
  ];
}

/** Runs on a new thread, answering every call of `f`, until the run has ended. */
async function runToEnd(
  client: OpenAI,
  limits: Omit<RunCreateParamsNonStreaming, 'assistant_id'>,
): Promise<Run> {
  const assistant = await createTutor(client, { tools: [{ type: 'function', function: { name: 'f' } }] });
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] });
  const thread_id = thread.id;
  let run = await client.beta.threads.runs.createAndPoll(
    thread_id,
    { assistant_id: assistant.id, ...limits },
    { pollIntervalMs: 5 },
  );
  while (run.status === 'requires_action') {
    const tool_outputs = run.required_action!.submit_tool_outputs.tool_calls.map(({ id }) => ({
      tool_call_id: id,
      output: 'ok',
    }));
    run = await client.beta.threads.runs.submitToolOutputsAndPoll(
      run.id,
      { thread_id, tool_outputs },
      { pollIntervalMs: 5 },
    );
  }
  return run;
}

describe('the token limits of a run', () => {
  it('let the model write only what earlier turns left of max_completion_tokens', async () => {
    const model = new ScriptedModel([callTurn('a', 10, 100), callTurn('b', 10, 150), says('Done')]);
    const { client } = openEngine({ provider: model });
    const run = await runToEnd(client, { max_completion_tokens: 500 });
    assert.equal(run.status, 'completed');
    assert.deepEqual(
      model.requests.map(({ maxOutputTokens }) => maxOutputTokens),
      [500, 400, 250],
    );
  });

  it('end a run before its next turn once max_completion_tokens are used, over all of its turns', async () => {
    const model = new ScriptedModel([callTurn('a', 10, 200), callTurn('b', 10, 100), says('Never asked')]);
    const { client } = openEngine({ provider: model });
    const run = await runToEnd(client, { max_completion_tokens: 300 });
    assert.deepEqual(
      [run.status, run.incomplete_details, model.requests.length],
      ['incomplete', { reason: 'max_completion_tokens' }, 2],
    );
    assert.deepEqual(run.usage, { prompt_tokens: 20, completion_tokens: 300, total_tokens: 320 });
  });

  it('end a run before its next turn once max_prompt_tokens are used, over all of its turns', async () => {
    const model = new ScriptedModel([callTurn('a', 200, 5), callTurn('b', 100, 5), says('Never asked')]);
    const { client } = openEngine({ provider: model });
    const run = await runToEnd(client, { max_prompt_tokens: 300 });
    assert.deepEqual(
      [run.status, run.incomplete_details, model.requests.length],
      ['incomplete', { reason: 'max_prompt_tokens' }, 2],
    );
    assert.deepEqual(run.usage, { prompt_tokens: 300, completion_tokens: 10, total_tokens: 310 });
  });

  it('let a run go on while one token is left of each', async () => {
    const model = new ScriptedModel([callTurn('a', 299, 299), says('Done')]);
    const { client } = openEngine({ provider: model });
    const run = await runToEnd(client, { max_prompt_tokens: 300, max_completion_tokens: 300 });
    assert.equal(run.status, 'completed');
    assert.equal(model.requests[1]?.maxOutputTokens, 1);
  });
});
