import assert from 'node:assert/strict';
import { existsSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { toFile } from 'openai';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type {
  CodeInterpreterToolCall,
  RunStep,
  RunStepInclude,
} from 'openai/resources/beta/threads/runs/steps';
import type { Stream } from 'openai/streaming';
import type { ModelEvent, ModelProvider, ModelRequest } from '../../src/engine/models/modelProvider';
import {
  collect,
  createTutor,
  demoConnection,
  openEngine,
  says,
  ScriptedModel,
  type TestEngine,
  until,
} from './support';

/** The built Python child and Pyodide. */
const codeInterpreter = { assets: join(process.cwd(), 'dist', 'python') };

const tools = [{ type: 'code_interpreter' as const }];

/** A turn that calls the tool, its arguments streamed in fragments as models do. */
function runsCode(code: string): ModelEvent[] {
  const json = JSON.stringify({ code });
  const fragments = json.match(/.{1,7}/gsu) ?? [];
  return [
    { type: 'tool_call', index: 0, id: 'call', name: 'code_interpreter' },
    ...fragments.map((text): ModelEvent => ({ type: 'tool_call_arguments', index: 0, arguments: text })),
    { type: 'usage', usage: { promptTokens: 20, completionTokens: 5 } },
    { type: 'finish', reason: 'tool_calls' },
  ];
}

function openWithPython(provider?: ModelProvider): TestEngine {
  const connection = provider ? { id: 'test', label: 'Test', provider } : demoConnection();
  return openEngine({ models: () => [connection], tools: { codeInterpreter } });
}

/** Asks in a thread, a new one by default, and waits for the run to end. */
async function ask({ client }: TestEngine, content: string, threadId?: string): Promise<Run> {
  const assistant = await createTutor(client, { tools });
  const thread = threadId ?? (await client.beta.threads.create()).id;
  await client.beta.threads.messages.create(thread, { role: 'user', content });
  return client.beta.threads.runs.createAndPoll(
    thread,
    { assistant_id: assistant.id },
    { pollIntervalMs: 20 },
  );
}

async function codeCalls({ client }: TestEngine, run: Run): Promise<CodeInterpreterToolCall[]> {
  const steps = await collect(
    client.beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id, order: 'asc' }),
  );
  return steps.flatMap(callsOf);
}

function callsOf({ step_details: details }: RunStep): CodeInterpreterToolCall[] {
  return details.type === 'tool_calls'
    ? details.tool_calls.filter((call) => call.type === 'code_interpreter')
    : [];
}

function logsOf(call: CodeInterpreterToolCall | undefined): string {
  const outputs = call?.code_interpreter.outputs ?? [];
  return outputs.map((output) => (output.type === 'logs' ? output.logs : '')).join('');
}

async function answerOf({ client }: TestEngine, run: Run): Promise<Message> {
  const [message] = (await client.beta.threads.messages.list(run.thread_id, { run_id: run.id })).data;
  assert.ok(message);
  return message;
}

type Output = CodeInterpreterToolCall['code_interpreter']['outputs'][number];

interface StreamedOutputs {
  /** As a client has them that appends the deltas of one index. */
  appended: Output[];
  /** As one has them that keeps the last. */
  replaced: Output[];
  deltas: number;
  /** Of the completed step. */
  stored: Output[];
}

/** The outputs of a run's code, as clients read them from its events. */
async function outputsOf(events: AsyncIterable<AssistantStreamEvent>): Promise<StreamedOutputs> {
  const read: StreamedOutputs = { appended: [], replaced: [], deltas: 0, stored: [] };
  for await (const { event, data } of events) {
    if (event === 'thread.run.step.created' && data.type === 'tool_calls')
      read.appended = callsOf(data)[0]?.code_interpreter.outputs ?? [];
    if (event === 'thread.run.step.completed' && data.type === 'tool_calls')
      read.stored = callsOf(data)[0]?.code_interpreter.outputs ?? [];
    if (event !== 'thread.run.step.delta' || data.delta.step_details?.type !== 'tool_calls') continue;
    for (const call of data.delta.step_details.tool_calls ?? []) {
      if (call.type !== 'code_interpreter') continue;
      for (const { index, ...output } of call.code_interpreter?.outputs ?? []) {
        const before = read.appended[index];
        if (before?.type === 'logs' && output.type === 'logs') before.logs += output.logs ?? '';
        else read.appended[index] = structuredClone(output) as Output;
        read.replaced[index] = output as Output;
        read.deltas++;
      }
    }
  }
  return read;
}

const drawDot = `
import base64
png = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
open("/mnt/data/dot.png", "wb").write(png)
open("/mnt/data/table.csv", "w").write("a,b\\n1,2\\n")
print("drawn")
`;

describe('a run with the code interpreter', function () {
  this.timeout(60_000);

  it('computes the Fibonacci numbers of the tutorial in real Python, and answers with what it printed', async () => {
    const engine = openWithPython();
    const run = await ask(engine, 'Generate the first 20 fibbonaci numbers with code.');
    assert.equal(run.status, 'completed');
    const [call] = await codeCalls(engine, run);
    assert.match(call?.code_interpreter.input ?? '', /def|for|while/);
    assert.match(logsOf(call), /0\W+1\W+1\W+2\W+3\W+5.*4181/s);
    assert.match(JSON.stringify((await answerOf(engine, run)).content), /4181/);
    const steps = await collect(
      engine.client.beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id, order: 'asc' }),
    );
    assert.deepEqual(
      steps.map((step) => [step.type, step.status]),
      [
        ['tool_calls', 'completed'],
        ['message_creation', 'completed'],
      ],
    );
  });

  it('plots a function, shows the picture and links its file', async () => {
    const engine = openWithPython();
    const run = await ask(engine, 'Plot x^2 with code.');
    const [image, text] = (await answerOf(engine, run)).content;
    assert.equal(image?.type, 'image_file');
    assert.equal(text?.type, 'text');
    assert.match(text.text.value, /\[plot\.png\]\(sandbox:\/mnt\/data\/plot\.png\)/);
    assert.doesNotMatch(text.text.value, /\[The image|\[Files written/);
    assert.deepEqual(
      text.text.annotations.map((annotation) => annotation.text),
      ['sandbox:/mnt/data/plot.png'],
    );
  });

  it('streams the code as it is written and the outputs as they come, to the step that is stored', async () => {
    const code = 'for i in range(3):\n    print("line", i)\n"the " + "value"';
    const engine = openWithPython(new ScriptedModel([runsCode(code), says('Done.')]));
    const assistant = await createTutor(engine.client, { tools });
    const stream = engine.client.beta.threads.createAndRunStream({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: 'Go' }] },
    });
    const written: string[] = [];
    stream.on('event', ({ event, data }) => {
      if (event !== 'thread.run.step.delta' || data.delta.step_details?.type !== 'tool_calls') return;
      for (const call of data.delta.step_details.tool_calls ?? []) {
        if (call.type === 'code_interpreter' && call.code_interpreter?.input)
          written.push(call.code_interpreter.input);
      }
    });
    const run = await stream.finalRun();
    const [rebuilt] = await stream.finalRunSteps();
    assert.ok(written.length > 3);
    assert.equal(written.join(''), code);
    const [call] = await codeCalls(engine, run);
    assert.equal(call?.code_interpreter.input, code);
    assert.match(logsOf(call), /^line 0\nline 1\nline 2\n'the value'/);
    assert.ok(rebuilt);
    assert.equal(logsOf(callsOf(rebuilt)[0]), logsOf(call));
    assert.equal(callsOf(rebuilt)[0]?.code_interpreter.input, code);
  });

  it('streams each text of the code whole, or in pieces to readers of model turns', async () => {
    // Python's two streams are separate pieces.
    const code = `import sys\nfor i in range(3):\n    print(i)\n    sys.stderr.write("so\\n")\n${drawDot}`;
    for (const include of [undefined, ['turn' as RunStepInclude]]) {
      const { client } = openWithPython(new ScriptedModel([runsCode(code), says('Done.')]));
      const assistant = await createTutor(client, { tools });
      const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Go' }] });
      const stream = await client.beta.threads.runs.create(thread.id, {
        assistant_id: assistant.id,
        stream: true,
        include,
      });
      const { appended, replaced, deltas, stored } = await outputsOf(stream);
      assert.deepEqual(
        stored.map(({ type }) => type),
        ['logs', 'image'],
      );
      assert.match(JSON.stringify(stored), /0\\nso\\n1\\nso\\n2\\nso\\ndrawn\\n/);
      assert.deepEqual(appended, stored);
      if (include) assert.ok(deltas > 6);
      else assert.deepEqual([replaced, deltas], [stored, 2]);
    }
  });

  it('continues the text that a reader finds who comes in the middle', async () => {
    const code = 'import time\nprint("first", flush=True)\ntime.sleep(1)\nprint("last")';
    const { client } = openWithPython(new ScriptedModel([runsCode(code), says('Done.')]));
    const assistant = await createTutor(client, { tools });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Go' }] });
    const run = await client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
    const follow = () =>
      client.get<Stream<AssistantStreamEvent>>(`/threads/${thread.id}/runs/${run.id}/events`, {
        stream: true,
      });
    await until('the first line is written', async () => {
      const events = await follow();
      for await (const event of events)
        if (event.event === 'thread.run.step.created') return JSON.stringify(event).includes('first');
      return true;
    });
    const { appended, stored } = await outputsOf(await follow());
    assert.deepEqual(appended, stored);
    assert.deepEqual(stored, [{ type: 'logs', logs: 'first\nlast\n' }]);
  });

  it('turns what Python writes into files, links them, and shows images in the step and the message', async () => {
    const answer = 'Here is [the table](sandbox:/mnt/data/table.csv), and sandbox:/mnt/data/none.txt is not.';
    const engine = openWithPython(new ScriptedModel([runsCode(drawDot), says(answer)]));
    const { client } = engine;
    const run = await ask(engine, 'Draw');
    const [call] = await codeCalls(engine, run);
    const image = call?.code_interpreter.outputs.find((output) => output.type === 'image');
    assert.ok(image);
    const [shown, text] = (await answerOf(engine, run)).content;
    assert.deepEqual(shown, { type: 'image_file', image_file: { file_id: image.image.file_id } });
    assert.equal(text?.type, 'text');
    const [annotation, ...none] = text.text.annotations;
    assert.equal(annotation?.type, 'file_path');
    assert.deepEqual(none, []);
    assert.equal(
      text.text.value.slice(annotation.start_index, annotation.end_index),
      'sandbox:/mnt/data/table.csv',
    );
    const file = await client.files.retrieve(annotation.file_path.file_id);
    assert.deepEqual([file.filename, file.purpose], ['table.csv', 'assistants_output']);
    assert.equal(await (await client.files.content(file.id)).text(), 'a,b\n1,2\n');
    const files = await collect(client.files.list({ purpose: 'assistants_output' }));
    assert.deepEqual(files.map(({ filename }) => filename).sort(), ['dot.png', 'table.csv']);
  });

  it('keeps variables and files for the next run of the thread, and for no other', async () => {
    const model = new ScriptedModel([
      runsCode('x = 41\nopen("/mnt/data/note.txt", "w").write("kept")'),
      says('One'),
      runsCode('print(x + 1, open("/mnt/data/note.txt").read())'),
      says('Two'),
      runsCode('import os\nprint("x" in globals(), os.listdir("/mnt/data"))'),
      says('Three'),
    ]);
    const engine = openWithPython(model);
    const first = await ask(engine, 'One');
    const second = await ask(engine, 'Two', first.thread_id);
    assert.match(logsOf((await codeCalls(engine, second))[0]), /^42 kept/);
    assert.match(logsOf((await codeCalls(engine, await ask(engine, 'Three')))[0]), /^False \[\]/);
    // The model of the second run received the first run's call as well as its own.
    const roles = model.requests[3]?.messages.map((message) => message.role);
    assert.deepEqual(roles, ['user', 'assistant', 'tool', 'assistant', 'user', 'assistant', 'tool']);
    await engine.client.beta.threads.delete(first.thread_id);
    await until('its files are gone', () => !existsSync(join(engine.dataDir, 'sandboxes', first.thread_id)));
  });

  it('finds the files of the assistant, of the thread and of a message in /mnt/data', async () => {
    const list = 'import os\nprint(sorted(os.listdir("/mnt/data")), open("/mnt/data/c.txt").read())';
    const engine = openWithPython(new ScriptedModel([runsCode(list), says('Three files.')]));
    const { client } = engine;
    const upload = async (name: string) =>
      (await client.files.create({ file: await toFile(Buffer.from(name), name), purpose: 'assistants' })).id;
    const [a, b, c] = await Promise.all(['a.txt', 'b.txt', 'c.txt'].map(upload));
    assert.ok(a && b && c);
    const assistant = await createTutor(client, {
      tools,
      tool_resources: { code_interpreter: { file_ids: [a] } },
    });
    const thread = await client.beta.threads.create({
      tool_resources: { code_interpreter: { file_ids: [b] } },
      messages: [{ role: 'user', content: 'Which?', attachments: [{ file_id: c, tools }] }],
    });
    const run = await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
    assert.match(logsOf((await codeCalls(engine, run))[0]), /\['a\.txt', 'b\.txt', 'c\.txt'\] c\.txt/);
    const withFile = { tool_resources: { code_interpreter: { file_ids: ['file-none'] } } };
    await assert.rejects(client.beta.threads.create(withFile), /No file found with id 'file-none'/);
  });

  it('says which of its files are damaged or lost, and runs with the others', async () => {
    const read = 'import os\nprint(sorted(os.listdir("/mnt/data")), open("/mnt/data/whole.txt").read())';
    const engine = openWithPython(
      new ScriptedModel([runsCode(read), says('One.'), runsCode(read), says('One.')]),
    );
    const { client, dataDir } = engine;
    const upload = async (name: string) =>
      (await client.files.create({ file: await toFile(Buffer.from(name), name), purpose: 'assistants' })).id;
    const [short, lost, whole] = await Promise.all(['short.txt', 'lost.txt', 'whole.txt'].map(upload));
    assert.ok(short && lost && whole);
    truncateSync(join(dataDir, 'files', short), 2);
    rmSync(join(dataDir, 'files', lost));
    const thread = await client.beta.threads.create({
      tool_resources: { code_interpreter: { file_ids: [short, lost, whole] } },
    });
    const logs = logsOf((await codeCalls(engine, await ask(engine, 'Which?', thread.id)))[0]);
    assert.match(
      logs,
      /“short\.txt” was not added to \/mnt\/data: its stored content has 2 bytes instead of 9\./,
    );
    assert.match(logs, /“lost\.txt” was not added to \/mnt\/data: its stored content is missing\./);
    assert.match(logs, /\['whole\.txt'\] whole\.txt/);
    assert.ok(!logs.includes(dataDir), logs);

    rmSync(join(dataDir, 'files', whole));
    const next = logsOf((await codeCalls(engine, await ask(engine, 'Still?', thread.id)))[0]);
    assert.match(next, /\['whole\.txt'\] whole\.txt/);
    assert.doesNotMatch(next, /“whole\.txt”/);
  });

  it('reports an error in the code to the model, and continues', async () => {
    const model = new ScriptedModel([runsCode('1 / 0'), says('That was no good.')]);
    const engine = openWithPython(model);
    const run = await ask(engine, 'Divide');
    assert.equal(run.status, 'completed');
    assert.match(logsOf((await codeCalls(engine, run))[0]), /ZeroDivisionError: division by zero/);
    const sent = model.requests[1]?.messages.at(-1);
    assert.ok(sent?.role === 'tool' && sent.output.includes('ZeroDivisionError'));
  });

  it('accepts code that a model writes without JSON around it', async () => {
    const bare: ModelEvent[] = [
      { type: 'tool_call', index: 0, id: 'call', name: 'code_interpreter' },
      { type: 'tool_call_arguments', index: 0, arguments: 'print(6 * 7)' },
      { type: 'finish', reason: 'tool_calls' },
    ];
    const engine = openWithPython(new ScriptedModel([bare, says('42')]));
    const [call] = await codeCalls(engine, await ask(engine, 'Go'));
    assert.deepEqual([call?.code_interpreter.input, logsOf(call)], ['print(6 * 7)', '42\n']);
  });

  it('is cancelled in the middle of an endless loop, and the thread stays usable', async () => {
    const model = new ScriptedModel([
      runsCode('print("on and on", flush=True)\nwhile True: pass'),
      runsCode('print(7)'),
      says('Seven'),
    ]);
    const engine = openWithPython(model);
    const { client } = engine;
    const assistant = await createTutor(client, { tools });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Loop' }] });
    const run = await client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
    await until('the code runs', async () => {
      const [step] = (await client.beta.threads.runs.steps.list(run.id, { thread_id: thread.id })).data;
      return step && callsOf(step)[0]?.code_interpreter.input.includes('while True');
    });
    await client.beta.threads.runs.cancel(run.id, { thread_id: thread.id });
    const ended = await client.beta.threads.runs.poll(
      run.id,
      { thread_id: thread.id },
      { pollIntervalMs: 20 },
    );
    assert.equal(ended.status, 'cancelled');
    const next = await ask(engine, 'Seven?', thread.id);
    assert.equal(logsOf((await codeCalls(engine, next))[0]), '7\n');
  });

  it('answers code and waits for functions that are called in one turn', async () => {
    const both: ModelEvent[] = [
      { type: 'tool_call', index: 0, id: 'code', name: 'code_interpreter' },
      { type: 'tool_call_arguments', index: 0, arguments: '{"code":"print(1)"}' },
      { type: 'tool_call', index: 1, id: 'ask', name: 'ask_user' },
      { type: 'tool_call_arguments', index: 1, arguments: '{}' },
      { type: 'finish', reason: 'tool_calls' },
    ];
    const model = new ScriptedModel([both, says('Both')]);
    const engine = openWithPython(model);
    const { client } = engine;
    const functions = [...tools, { type: 'function' as const, function: { name: 'ask_user' } }];
    const assistant = await createTutor(client, { tools: functions });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Go' }] });
    const run = await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
    assert.deepEqual(
      run.required_action?.submit_tool_outputs.tool_calls.map(({ id }) => id),
      ['ask'],
    );
    const tool_outputs = [{ tool_call_id: 'ask', output: 'yes' }];
    const done = await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id: thread.id,
      tool_outputs,
    });
    assert.equal(done.status, 'completed');
    const last = model.requests.at(-1) as ModelRequest;
    assert.deepEqual(
      last.messages.slice(-2).map((m) => m.role === 'tool' && m.output),
      ['1', 'yes'],
    );
  });
});

describe('an engine without Python', () => {
  it('refuses a run that asks for it, naming the tool', async () => {
    const { client } = openEngine();
    const assistant = await createTutor(client, { tools });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] });
    const run = client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
    await assert.rejects(run, /The tool 'code_interpreter' is not available/);
  });
});
