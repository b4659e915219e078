import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { APIError } from 'openai';
import type { RunStepInclude } from 'openai/resources/beta/threads/runs/steps';
import { ask, createTutor, openEngine } from './support';

const results: RunStepInclude = 'step_details.tool_calls[*].file_search.results[*].content';

/** What a client without types may write. */
const unknown = 'step_details.everything' as RunStepInclude;

function isIncludeError(error: unknown): true {
  if (!(error instanceof APIError)) throw error;
  equal(error.status, 400);
  equal(error.param, 'include[]');
  match(error.message, /Invalid value for 'include\[\]': "step_details\.everything"\. Supported values are:/);
  match(error.message, /file_search\.results\[\*\]\.content/);
  return true;
}

describe('what a run’s steps are asked to include', () => {
  it('may be the results of a file search, on a run and on its steps', async () => {
    const { client } = openEngine();
    const assistant = await createTutor(client);
    const { id: thread_id } = await client.beta.threads.create({
      messages: [{ role: 'user', content: 'Hello' }],
    });
    const params = { assistant_id: assistant.id, include: [results, results] };
    const run = await client.beta.threads.runs.createAndPoll(thread_id, params);
    equal(run.status, 'completed');
    const list = await client.beta.threads.runs.steps.list(run.id, { thread_id, include: [results] });
    equal(list.data.length, 1);
    const [step] = list.data;
    const again = await client.beta.threads.runs.steps.retrieve(step!.id, {
      thread_id,
      run_id: run.id,
      include: [results],
    });
    deepEqual(again, step);
  });

  it('is rejected by name if it is anything else, and no run begins', async () => {
    const { client } = openEngine();
    const assistant = await createTutor(client);
    const { id: thread_id } = await client.beta.threads.create({
      messages: [{ role: 'user', content: 'Hello' }],
    });
    const params = { assistant_id: assistant.id, include: [results, unknown] };
    await rejects(client.beta.threads.runs.create(thread_id, params), isIncludeError);
    await rejects(client.beta.threads.runs.create(thread_id, { ...params, stream: true }), isIncludeError);
    equal((await client.beta.threads.runs.list(thread_id)).data.length, 0);
  });

  it('is rejected by name on the steps, too', async () => {
    const { client } = openEngine();
    const run = await ask(client, await createTutor(client), 'Hello');
    const { id: run_id, thread_id } = run;
    await client.beta.threads.runs.poll(run_id, { thread_id });
    const [step] = (await client.beta.threads.runs.steps.list(run_id, { thread_id })).data;
    const { steps } = client.beta.threads.runs;
    await rejects(steps.list(run_id, { thread_id, include: [unknown] }).asResponse(), isIncludeError);
    await rejects(steps.retrieve(step!.id, { thread_id, run_id, include: [unknown] }), isIncludeError);
  });
});
