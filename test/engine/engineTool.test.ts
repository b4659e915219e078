import assert from 'node:assert/strict';
import OpenAI from 'openai';
import type { Assistant, AssistantStreamEvent, AssistantTool } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import * as z from 'zod';
import type {
  CallDelta,
  CallRecord,
  EngineCall,
  EngineTool,
  NewCall,
  RecalledCall,
} from '../../src/engine/tools/engineTool';
import { calls, collect, createTutor, openEngine, refused, says, ScriptedModel, until } from './support';

/** The part of a clock call that its step shows. */
interface Clock {
  city: string;
  time: string | null;
}

/** The API's types know no clocks. */
function asAPI<T>(value: { type: 'clock'; id?: string; clock?: object }): T {
  return value as T;
}

function clockOf(call: ToolCall): Clock {
  return (call as unknown as { clock: Clock }).clock;
}

/** A tool that tells the time of a city, once it is let. */
class ClockTool implements EngineTool {
  readonly type = 'clock';
  readonly entry = z.object({
    type: z.literal('clock'),
    clock: z.object({ hours: z.literal([12, 24]) }).optional(),
  });
  readonly definition = { description: 'Tells the time.', parameters: { type: 'object' } };
  /** What the engine asked of the tool, in that order. */
  readonly asked: string[] = [];
  /** The cities that are asked about, when that begins and ends. */
  readonly answers: string[] = [];
  goOn: () => void = () => undefined;
  readonly gate = new Promise<void>((resolve) => (this.goOn = resolve));

  prepare(): Promise<void> {
    this.asked.push('prepare');
    return Promise.resolve();
  }

  warmUp(): void {
    this.asked.push('warmUp');
  }

  begin(call: NewCall): EngineCall {
    this.asked.push('begin');
    return new ClockCall(call, this.gate, this.answers);
  }

  recall(call: ToolCall, { answer = '' }: CallRecord): RecalledCall {
    return { arguments: JSON.stringify({ city: clockOf(call).city }), output: answer };
  }

  forgetThread(threadId: string): void {
    this.asked.push(`forget ${threadId}`);
  }

  close(): Promise<void> {
    this.asked.push('close');
    return Promise.resolve();
  }
}

class ClockCall implements EngineCall {
  #clock: Clock = { city: '', time: null };

  constructor(
    private readonly call: NewCall,
    private readonly gate: Promise<void>,
    private readonly answers: string[],
  ) {}

  get toolCall(): ToolCall {
    return asAPI({ id: this.call.id, type: 'clock', clock: { ...this.#clock } });
  }

  argumentsWritten(json: string, isComplete: boolean): void {
    if (!isComplete) return;
    const { city } = JSON.parse(json) as { city: string };
    this.#show({ city });
  }

  async answer(signal: AbortSignal): Promise<CallRecord> {
    const { city } = this.#clock;
    this.answers.push(`${city} begins`);
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        this.answers.push(`${city} is stopped`);
        reject(new DOMException('aborted', 'AbortError'));
      });
    });
    await Promise.race([this.gate, aborted]);
    // Calls that are made at once would mix here.
    await new Promise((resolve) => setImmediate(resolve));
    this.answers.push(`${city} ends`);
    this.#show({ time: '12:00' });
    return { answer: `It is 12:00 in ${this.#clock.city}.` };
  }

  #show(added: Partial<Clock>): void {
    this.#clock = { ...this.#clock, ...added };
    this.call.emit(asAPI<CallDelta>({ type: 'clock', clock: added }));
  }
}

const asksForTime = calls({ id: 'call_1', name: 'clock', arguments: '{"city":"Rome"}' });

/** An engine that has the tool, an assistant that uses it, and a thread that asks for the time. */
async function openWithClock(asks = asksForTime) {
  const clock = new ClockTool();
  const model = new ScriptedModel([asks, says('It is noon.'), says('Noon, as I said.')]);
  const { engine } = openEngine({ provider: model, tools: { more: [() => clock] } });
  // The contract of the other tests knows the API's own tools only.
  const client = new OpenAI({
    apiKey: 'local',
    baseURL: 'http://engine/v1',
    fetch: engine.fetch,
    maxRetries: 0,
  });
  const assistant = await createTutor(client, { tools: [asAPI<AssistantTool>({ type: 'clock' })] });
  const thread = await client.beta.threads.create({
    messages: [{ role: 'user', content: 'What time is it in Rome?' }],
  });
  return { engine, client, clock, model, assistant, threadId: thread.id };
}

async function stepsOf(client: OpenAI, { id, thread_id }: Run): Promise<RunStep[]> {
  return collect(client.beta.threads.runs.steps.list(id, { thread_id, order: 'asc' }));
}

function callsOf(step: RunStep | undefined): ToolCall[] {
  return step?.step_details.type === 'tool_calls' ? step.step_details.tool_calls : [];
}

async function runToEnd(client: OpenAI, { id: assistant_id }: Assistant, threadId: string): Promise<Run> {
  const run = await client.beta.threads.runs.createAndPoll(threadId, { assistant_id });
  assert.equal(run.last_error, null);
  return run;
}

describe('a tool that is registered with the engine', () => {
  it('is offered to the model, and its answer sent in the next turn and in later runs', async () => {
    const { client, clock, model, assistant, threadId } = await openWithClock();
    clock.goOn();
    await runToEnd(client, assistant, threadId);
    await client.beta.threads.messages.create(threadId, { role: 'user', content: 'Say again?' });
    await runToEnd(client, assistant, threadId);

    const [first, second, later] = model.requests;
    assert.deepEqual(first?.tools, [{ name: 'clock', ...clock.definition }]);
    const question = {
      role: 'user',
      content: [{ type: 'text', text: 'What time is it in Rome?' }],
    };
    const answered = [
      question,
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'call_1', name: 'clock', arguments: '{"city":"Rome"}' }],
      },
      { role: 'tool', toolCallId: 'call_1', name: 'clock', output: 'It is 12:00 in Rome.' },
    ];
    assert.deepEqual(first?.messages, [question]);
    assert.deepEqual(second?.messages, answered);
    assert.deepEqual(later?.messages, [
      ...answered,
      { role: 'assistant', content: 'It is noon.' },
      { role: 'user', content: [{ type: 'text', text: 'Say again?' }] },
    ]);
  });

  it('is called one call after the other, in the order of the model', async () => {
    const cities = ['Rome', 'Bern', 'Oslo'];
    const asks = calls(
      ...cities.map((city) => ({ id: `call_${city}`, name: 'clock', arguments: JSON.stringify({ city }) })),
    );
    const { client, clock, model, assistant, threadId } = await openWithClock(asks);
    clock.goOn();
    const run = await runToEnd(client, assistant, threadId);
    assert.deepEqual(
      clock.answers,
      cities.flatMap((city) => [`${city} begins`, `${city} ends`]),
    );
    const [step] = await stepsOf(client, run);
    assert.deepEqual(
      callsOf(step).map((call) => clockOf(call).city),
      cities,
    );
    const outputs = model.requests[1]?.messages.flatMap((one) => (one.role === 'tool' ? [one.output] : []));
    assert.deepEqual(
      outputs,
      cities.map((city) => `It is 12:00 in ${city}.`),
    );
  });

  it('is stopped when its run is cancelled, and called no more', async () => {
    const asks = calls(
      { id: 'call_1', name: 'clock', arguments: '{"city":"Rome"}' },
      { id: 'call_2', name: 'clock', arguments: '{"city":"Bern"}' },
    );
    const { client, clock, model, assistant, threadId } = await openWithClock(asks);
    const run = await client.beta.threads.runs.create(threadId, { assistant_id: assistant.id });
    await until('it is asked', () => clock.answers.length > 0);
    await client.beta.threads.runs.cancel(run.id, { thread_id: threadId });
    const ended = await client.beta.threads.runs.poll(
      run.id,
      { thread_id: threadId },
      { pollIntervalMs: 10 },
    );
    assert.equal(ended.status, 'cancelled');
    assert.deepEqual(clock.answers, ['Rome begins', 'Rome is stopped']);
    assert.equal(model.requests.length, 1);
    const [step] = await stepsOf(client, ended);
    assert.equal(step?.status, 'cancelled');
  });

  it('shows its call in the step while it runs and at its end, and streams the changes', async () => {
    const { client, clock, assistant, threadId } = await openWithClock();
    const events: AssistantStreamEvent[] = [];
    const stream = client.beta.threads.runs.stream(threadId, { assistant_id: assistant.id });
    // The client adds later deltas to the object of the first.
    stream.on('event', (event) => events.push(structuredClone(event)));
    const run = await until('the call is under way', async () => {
      const [run] = (await client.beta.threads.runs.list(threadId)).data;
      return run && callsOf((await stepsOf(client, run))[0]).length > 0 && run;
    });
    const [running] = await stepsOf(client, run);
    assert.equal(running?.status, 'in_progress');
    assert.deepEqual(callsOf(running), [
      { id: 'call_1', type: 'clock', clock: { city: 'Rome', time: null } },
    ]);

    clock.goOn();
    await stream.done();
    const [ended] = await stepsOf(client, run);
    assert.equal(ended?.status, 'completed');
    assert.deepEqual(callsOf(ended), [
      { id: 'call_1', type: 'clock', clock: { city: 'Rome', time: '12:00' } },
    ]);
    const deltas = events.flatMap(({ event, data }) =>
      event === 'thread.run.step.delta' && data.delta.step_details?.type === 'tool_calls'
        ? (data.delta.step_details.tool_calls ?? [])
        : [],
    );
    assert.deepEqual(deltas, [
      { index: 0, id: 'call_1', type: 'clock', clock: { city: '', time: null } },
      { index: 0, type: 'clock', clock: { city: 'Rome' } },
      { index: 0, type: 'clock', clock: { time: '12:00' } },
    ]);
    assert.equal(events.at(-1)?.event, 'thread.run.completed');
  });

  it('prepares for each run, forgets a deleted thread and is closed with the engine', async () => {
    const { engine, client, clock, assistant, threadId } = await openWithClock();
    clock.goOn();
    await runToEnd(client, assistant, threadId);
    assert.deepEqual(clock.asked, ['prepare', 'warmUp', 'begin']);
    await client.beta.threads.delete(threadId);
    await engine.close();
    assert.deepEqual(clock.asked.slice(3), [`forget ${threadId}`, 'close']);
  });

  it('is checked by its own schema in `tools`, and can be chosen', async () => {
    const { client, clock, model, assistant, threadId } = await openWithClock();
    clock.goOn();
    const tools = [asAPI<AssistantTool>({ type: 'clock', clock: { hours: 24 } })];
    const run = await client.beta.threads.runs.createAndPoll(threadId, {
      assistant_id: assistant.id,
      tools,
      tool_choice: asAPI({ type: 'clock' }),
    });
    assert.deepEqual(run.tools, tools);
    assert.deepEqual(model.requests[0]?.toolChoice, { name: 'clock' });
    const wrong = asAPI<AssistantTool>({ type: 'clock', clock: { hours: 13 } });
    await refused(createTutor(client, { tools: [wrong] }), 400, /13/, 'tools[0].clock.hours');
  });

  it('keeps an engine from opening if its type is taken or invalid, or not that of its schema', () => {
    const open = (...more: EngineTool[]) => openEngine({ tools: { more: more.map((tool) => () => tool) } });
    const clock = (changes: object): EngineTool => Object.assign(new ClockTool(), changes);
    assert.throws(() => open(clock({}), clock({})), /two tools of the type 'clock'/);
    for (const type of ['function', 'file_search', 'code_interpreter'])
      assert.throws(() => open(clock({ type })), new RegExp(`two tools of the type '${type}'`));
    assert.throws(() => open(clock({ type: 'my clock!' })), /letters, digits, underscores or dashes/);
    assert.throws(() => open(clock({ type: 'watch' })), /schema of the tool 'watch' has another type/);
  });

  it('that fails to close or to forget a thread is logged, and harms nothing else', async () => {
    const fail = () => {
      throw new Error('broken tool');
    };
    const broken = Object.assign(new ClockTool(), { forgetThread: fail, close: fail });
    const { engine, client, log } = openEngine({ tools: { more: [() => broken] } });
    const { id } = await client.beta.threads.create();
    assert.ok((await client.beta.threads.delete(id)).deleted);
    await engine.close();
    assert.equal(log.filter((line) => line.includes('broken tool')).length, 2);
  });

  it('is unknown to an engine without it', async () => {
    const { client } = openEngine({ provider: new ScriptedModel([]) });
    const tools = [asAPI<AssistantTool>({ type: 'clock' })];
    await refused(createTutor(client, { tools }), 400, /"clock"/, 'tools[0].type');
  });
});
