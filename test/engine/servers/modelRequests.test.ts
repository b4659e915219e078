import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type OpenAI from 'openai';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type {
  ModelRequestContent,
  ModelRequestInfo,
} from '../../../src/engine/store/tables/modelRequestTable';
import { maxRecordedLength, PartialText, recordedBody } from '../../../src/engine/runs/recordedText';
import { openDatabase } from '../../../src/engine/store/database';
import { ModelRequestTable } from '../../../src/engine/store/tables/modelRequestTable';
import { createTutor, openEngine, ScriptedModel, temporaryFolder } from '../support';
import { delta, sendEvents, sendJSON } from '../models/support';
import { kinds, sendCall, sendText, trial, type Answer, type Kind, type Trial } from './support';

type Recorded = ModelRequestInfo & ModelRequestContent;

/** The requests of a run or a step with their contents, oldest first. */
async function recorded(client: OpenAI, { thread_id, id: runId }: Run, stepId?: string): Promise<Recorded[]> {
  const run = `/threads/${thread_id}/runs/${runId}`;
  const path = stepId === undefined ? run : `${run}/steps/${stepId}`;
  const { data } = await client.get<{ data: ModelRequestInfo[] }>(
    `${path}/model_requests?order=asc&limit=100`,
  );
  return Promise.all(data.map(({ id }) => client.get<Recorded>(`${run}/model_requests/${id}`)));
}

/** What was recorded for each step of an answer. */
async function ofSteps({ client }: Trial, { run, steps }: Answer): Promise<Recorded[][]> {
  return Promise.all(steps.map(({ id }) => recorded(client, run, id)));
}

function countRows(dataDir: string): number {
  const db = new DatabaseSync(join(dataDir, 'assistants.db'), { readOnly: true });
  const { rows } = db.prepare('SELECT COUNT(*) AS rows FROM model_requests').get() as { rows: number };
  db.close();
  return rows;
}

const path: Record<Kind, string> = { 'chat-completions': 'chat/completions', responses: 'responses' };

for (const kind of kinds) {
  describe(`the requests to a ${kind} server`, () => {
    it('can be read as they were sent, with the answer as it came', async () => {
      const one = await trial(kind, (response, _, at) => sendText(kind, response, `Answer ${at} ✓`));
      for (const at of [0, 1]) {
        const answer = await one.say(`Question ${at}`);
        const [[request, ...more] = []] = await ofSteps(one, answer);
        deepEqual(more, []);
        deepEqual(JSON.parse(request?.request ?? ''), one.bodies()[at]);
        equal(request?.url, `${one.server.baseURL}/${path[kind]}`);
        equal(request?.status, 200);
        equal(request?.error, null);
        deepEqual(request?.step_ids, [answer.steps[0]?.id]);
        match(request?.response ?? '', new RegExp(`^data: \\{[^]*Answer ${at} ✓[^]*\\n\\n$`));
        if (kind === 'chat-completions') ok(request?.response.endsWith('data: [DONE]\n\n'));
        deepEqual(await recorded(one.client, answer.run), [request]);
      }
    });

    it('are all kept when a request is retried', async () => {
      const one = await trial(kind, (response, _, at) =>
        at === 0 ? sendJSON(response, 503, { error: { message: 'Busy' } }) : sendText(kind, response, 'Yes'),
      );
      const answer = await one.say('Hello');
      const [requests = []] = await ofSteps(one, answer);
      deepEqual(
        requests.map(({ status }) => status),
        [503, 200],
      );
      deepEqual(JSON.parse(requests[0]?.response ?? ''), { error: { message: 'Busy' } });
      deepEqual(
        requests.map(({ request }) => JSON.parse(request) as unknown),
        one.bodies(),
      );
    });

    it('are kept with the steps of the turn that follows when the thread is shortened', async () => {
      const one = await trial(kind, (response, { body }) => {
        const sent = JSON.stringify(body).length;
        if (sent < 40_000) return sendText(kind, response, 'Yes');
        sendJSON(response, 400, { error: { message: 'Too long', code: 'context_length_exceeded' } });
      });
      await one.client.beta.threads.messages.create(one.threadId, {
        role: 'user',
        content: 'x'.repeat(60_000),
      });
      const answer = await one.say('Hello');
      equal(answer.run.status, 'completed');
      const [requests = []] = await ofSteps(one, answer);
      deepEqual(
        requests.map(({ status }) => status),
        [400, 200],
      );
      deepEqual(
        requests.map(({ step_ids: ids }) => ids),
        [[answer.steps[0]?.id], [answer.steps[0]?.id]],
      );
    });

    it('belong to every step of their turn', async () => {
      const one = await trial(
        kind,
        (response, _, at) =>
          at === 0 ? sendCall(kind, response, 'call_1', 'look', '{}') : sendText(kind, response, 'Seen'),
        { assistant: { tools: [{ type: 'function', function: { name: 'look' } }] } },
      );
      const { run } = await one.say('Look');
      await one.client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
        thread_id: one.threadId,
        tool_outputs: [{ tool_call_id: 'call_1', output: 'A cat' }],
      });
      const answer = await one.answerOf(run.id);
      const [calls = [], message = []] = await ofSteps(one, answer);
      deepEqual(JSON.parse(calls[0]?.request ?? ''), one.bodies()[0]);
      deepEqual(JSON.parse(message[0]?.request ?? ''), one.bodies()[1]);
      deepEqual([calls.length, message.length], [1, 1]);
      deepEqual(await recorded(one.client, run), [...calls, ...message]);
    });

    it('are kept with the run if it failed before its first step, without the key', async () => {
      const key = '0123456789"\\abcdef';
      const header = 'a-secret-header-value';
      const one = await trial(
        kind,
        (response) =>
          sendJSON(response, 401, { error: { message: `Wrong key ${key}, ${header} sk-abcdefgh` } }),
        {
          model: { apiKey: () => Promise.resolve(key), headers: { 'x-more': header } },
          assistant: { instructions: `Never say ${key} or ${header}.` },
        },
      );
      const { run, steps } = await one.say('Hello');
      equal(run.status, 'failed');
      deepEqual(steps, []);
      const [request] = await recorded(one.client, run);
      equal(request?.status, 401);
      equal(request?.error, run.last_error?.message);
      deepEqual(request?.step_ids, []);
      deepEqual(JSON.parse(request?.response ?? ''), { error: { message: 'Wrong key …, … …' } });
      match(request?.request ?? '', /Never say … or …\./);
      const all = JSON.stringify(request);
      for (const secret of [key, JSON.stringify(key).slice(1, -1), header]) ok(!all.includes(secret), secret);
    });

    it('are kept as far as the answer came before its connection was lost', async () => {
      const one = await trial(kind, (response) => {
        const half =
          kind === 'responses'
            ? { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Half' }
            : delta({ content: 'Half' });
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`data: ${JSON.stringify(half)}\n\n`, () => setTimeout(() => response.destroy(), 50));
      });
      const answer = await one.say('Hello');
      equal(answer.run.status, 'failed');
      const [request] = await recorded(one.client, answer.run);
      match(request?.response ?? '', /^data: .*Half.*\n\n$/);
      equal(request?.error, answer.run.last_error?.message);
      deepEqual(request?.step_ids, [answer.steps[0]?.id]);
    });

    it('are kept without a status if no response began', async () => {
      const one = await trial(kind, (response) => response.destroy());
      const { run } = await one.say('Hello');
      const requests = await recorded(one.client, run);
      deepEqual(
        requests.map(({ status, response }) => ({ status, response })),
        Array(3).fill({ status: null, response: '' }),
      );
      deepEqual(
        requests.map(({ error }) => error),
        [null, null, run.last_error?.message],
      );
    });

    it('show an image by its beginning and its length', async () => {
      const one = await trial(kind, (response) => sendText(kind, response, 'A cat'));
      const bytes = Buffer.alloc(300_000, 1);
      const file = await one.client.files.create({ file: new File([bytes], 'cat.png'), purpose: 'vision' });
      await one.client.beta.threads.messages.create(one.threadId, {
        role: 'user',
        content: [{ type: 'image_file', image_file: { file_id: file.id } }],
      });
      const { run } = await one.say('What is this?');
      const [request] = await recorded(one.client, run);
      const { length } = `data:image/png;base64,${bytes.toString('base64')}`;
      ok((request?.request.length ?? 0) < 5000);
      ok(JSON.stringify(JSON.parse(request?.request ?? '')).includes(`AQEB… (${length} characters)`));
    });

    it('have the beginning and the end of a long answer', async () => {
      const one = await trial(kind, (response) => {
        const texts = Array.from({ length: 300 }, () => 'a'.repeat(10_000));
        if (kind === 'chat-completions')
          return sendEvents(response, [...texts.map((content) => delta({ content })), delta({}, 'stop')]);
        sendText(kind, response, texts.join(''));
      });
      const { run } = await one.say('Hello');
      const [{ response } = { response: '' }] = await recorded(one.client, run);
      ok(response.length <= maxRecordedLength + 100);
      match(response, /^data: [^]*\n… \d+ characters left out …\n[^]*\n\n$/);
    });

    it('are gone with their thread', async () => {
      const one = await trial(kind, (response) => sendText(kind, response, 'Yes'));
      await one.say('Hello');
      equal(countRows(one.dataDir), 1);
      await one.client.beta.threads.delete(one.threadId);
      equal(countRows(one.dataDir), 0);
    });

    it('are as many as the setting says', async () => {
      let kept = 2;
      const one = await trial(kind, (response, _, at) => sendText(kind, response, `Answer ${at}`), {
        engine: { keptRequests: () => kept },
      });
      const runs: Run[] = [];
      for (let at = 0; at < 4; at++) runs.push((await one.say(`Question ${at}`)).run);
      const counts = await Promise.all(runs.map(async (run) => (await recorded(one.client, run)).length));
      deepEqual(counts, [0, 0, 1, 1]);
      kept = 0;
      await one.say('And now?');
      equal(countRows(one.dataDir), 0);
    });
  });
}

describe('the requests to a server', () => {
  it('that are repeated without a part that it rejects are all kept', async () => {
    const one = await trial('chat-completions', (response, { body }) => {
      if (!('stream_options' in body)) return sendText('chat-completions', response, 'Yes');
      sendJSON(response, 400, { error: { message: 'Unknown parameter: stream_options' } });
    });
    const [requests = []] = await ofSteps(one, await one.say('Hello'));
    deepEqual(
      requests.map(({ request, status }) => [status, 'stream_options' in JSON.parse(request)]),
      [
        [400, true],
        [200, false],
      ],
    );
    equal((await one.say('Again')).run.status, 'completed');
  });

  it('show no password or key of its address', async () => {
    const asked: string[] = [];
    const one = await trial('chat-completions', () => undefined, {
      model: {
        baseURL: 'http://user:password1@model.test/v1?api-version=2&subscription-key=123',
        fetch: (input) => {
          const url = input instanceof Request ? input.url : input.toString();
          if (!url.includes('/chat/completions')) return Promise.resolve(Response.json({}, { status: 404 }));
          asked.push(url);
          return Promise.resolve(Response.json({ choices: [{ message: { content: 'Yes' } }] }));
        },
      },
    });
    const { run } = await one.say('Hello');
    const [request] = await recorded(one.client, run);
    equal(asked.length, 1);
    ok(request?.url?.startsWith('http://model.test/'), request?.url ?? '');
    ok(!/password1|123/.test(request?.url ?? ''), request?.url ?? '');
    equal(request?.status, 200);
  });

  it('are found in their own run alone', async () => {
    const one = await trial('responses', (response) => sendText('responses', response, 'Yes'));
    const first = await one.say('Hello');
    const second = await one.say('Again');
    const [request] = await recorded(one.client, first.run);
    const run = `/threads/${one.threadId}/runs/${second.run.id}`;
    await rejects(one.client.get(`${run}/model_requests/${request?.id}`), /No model request found with id/);
    await rejects(one.client.get(`${run}/model_requests/mreq_x`), /No model request found with id 'mreq_x'/);
    await rejects(
      one.client.get(`${run}/steps/${first.steps[0]?.id}/model_requests`),
      /No run step found with id/,
    );
  });

  it('are kept across a restart, in pages like other lists', async () => {
    const dataDir = temporaryFolder();
    const provider = new ScriptedModel([]);
    let run: Run | undefined;
    {
      const { say, engine } = await restartable(dataDir);
      run = (await say('Hello')).run;
      await engine.close();
    }
    const { client } = openEngine({ dataDir, provider });
    const [request] = await recorded(client, run);
    equal(request?.run_id, run.id);
    const list = await client.get<{ data: ModelRequestInfo[]; has_more: boolean }>(
      `/threads/${run.thread_id}/runs/${run.id}/model_requests?limit=1`,
    );
    equal(list.has_more, false);
    ok(!('request' in (list.data[0] ?? {})));
  });
});

async function restartable(dataDir: string) {
  const engine = openEngine({
    dataDir,
    provider: new ScriptedModel([
      [
        { type: 'text', text: 'Yes' },
        { type: 'finish', reason: 'stop' },
      ],
    ]),
  });
  const assistant = await createTutor(engine.client, { model: 'test/scripted' });
  const say = async (content: string) => {
    const run = await engine.client.beta.threads.createAndRunPoll({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content }] },
    });
    return { run };
  };
  return { ...engine, say };
}

describe('the requests to a model without a server', () => {
  it('are shown as the engine made them, with its events', async () => {
    const provider = new ScriptedModel([
      [
        { type: 'text', text: 'I lo' },
        { type: 'text', text: 'ok.' },
        { type: 'tool_call', index: 0, id: 'call_1', name: 'look' },
        { type: 'tool_call_arguments', index: 0, arguments: '{"at"' },
        { type: 'tool_call_arguments', index: 0, arguments: ':1}' },
        { type: 'finish', reason: 'tool_calls' },
      ],
    ]);
    const { client } = openEngine({ provider });
    const assistant = await createTutor(client, {
      model: 'test/scripted',
      tools: [{ type: 'function', function: { name: 'look' } }],
    });
    const run = await client.beta.threads.createAndRunPoll({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: 'Look' }] },
    });
    const steps = await client.beta.threads.runs.steps.list(run.id, {
      thread_id: run.thread_id,
      order: 'asc',
    });
    equal(steps.data.length, 2);
    const [request] = await recorded(client, run);
    for (const step of steps.data) deepEqual(await recorded(client, run, step.id), [request]);
    equal(request?.url, null);
    equal(request?.status, null);
    deepEqual(JSON.parse(request?.request ?? ''), JSON.parse(JSON.stringify(provider.requests[0])));
    deepEqual(JSON.parse(request?.response ?? ''), [
      { type: 'text', text: 'I look.' },
      { type: 'tool_call', index: 0, id: 'call_1', name: 'look' },
      { type: 'tool_call_arguments', index: 0, arguments: '{"at":1}' },
      { type: 'finish', reason: 'tool_calls' },
    ]);
  });
});

describe('a recorded body', () => {
  const key = 'k'.repeat(40);

  it('that is long has shorter texts, and is JSON', () => {
    const messages = Array.from({ length: 10 }, (_, at) => ({
      content: `Part ${at} ${'word '.repeat(50_000)} end`,
    }));
    const text = recordedBody(JSON.stringify({ messages, model: 'test' }), []);
    ok(text.length <= maxRecordedLength);
    const body = JSON.parse(text) as { messages: { content: string }[]; model: string };
    equal(body.model, 'test');
    equal(body.messages.length, 10);
    for (const [at, { content }] of body.messages.entries()) {
      ok(content.startsWith(`Part ${at} word `));
      match(content, /\n… \d+ characters left out …\n/);
      ok(content.endsWith(' word  end'));
    }
  });

  it('of countless texts, or of anything but JSON, has its beginning and its end', () => {
    const countless = JSON.stringify({ messages: Array.from({ length: 200_000 }, (_, at) => `Part ${at}`) });
    for (const text of [countless, `x${'y'.repeat(2_000_000)}z`]) {
      const short = recordedBody(text, []);
      ok(short.length <= maxRecordedLength + 100);
      match(short, /\n… \d+ characters left out …\n/);
      equal(short[0], text[0]);
      equal(short.at(-1), text.at(-1));
    }
  });

  it('shows nothing of a key that lies where it is cut', () => {
    for (let at = 460; at <= 540; at++) {
      const text = `${'a'.repeat(at)}${key}${'b'.repeat(20_000)}`;
      const mirrored = [...text].reverse().join('');
      for (const one of [text, mirrored]) {
        const whole = new PartialText(1000);
        whole.add(one);
        const pieces = new PartialText(1000);
        for (const piece of one.match(/.{1,7}/g) ?? []) pieces.add(piece);
        for (const short of [recordedBody(one, [key], 1000), whole.text([key]), pieces.text([key])]) {
          ok(!short.includes('k'), `${at}: ${short}`);
          ok(short.length < 1100);
        }
      }
    }
  });

  it('shows an image of any size by its beginning', () => {
    const url = `data:image/png;base64,${'A'.repeat(30_000_000)}`;
    const text = recordedBody(
      JSON.stringify({ one: url, two: 'data:image/png;base64,AAAA', three: url }),
      [],
    );
    deepEqual(JSON.parse(text), {
      one: `data:image/png;base64,${'A'.repeat(64)}… (30000022 characters)`,
      two: 'data:image/png;base64,AAAA',
      three: `data:image/png;base64,${'A'.repeat(64)}… (30000022 characters)`,
    });
  });
});

describe('the table of requests to models', () => {
  it('is bounded in bytes: the newest stay', () => {
    const db = openDatabase(temporaryFolder());
    db.exec('PRAGMA foreign_keys = OFF');
    const table = new ModelRequestTable(db, 3000);
    const text = (): string =>
      Array.from({ length: 1000 }, () => String.fromCharCode(33 + Math.random() * 90)).join('');
    for (let at = 0; at < 20; at++) {
      const info = {
        thread_id: 'thread_1',
        run_id: 'run_1',
        step_ids: [],
        model: 'm',
        url: null,
        status: 200,
      };
      table.add(
        { id: `mreq_${at}`, object: 'thread.run.model_request', created_at: at, error: null, ...info },
        { request: text(), response: '' },
      );
      table.prune(100);
    }
    const kept = table.all({ run_id: 'run_1' }).map(({ id }) => id);
    ok(kept.length >= 2 && kept.length <= 4, String(kept.length));
    equal(kept.at(-1), 'mreq_19');
    db.close();
  });
});
