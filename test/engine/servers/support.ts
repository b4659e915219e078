/** Model servers with habits of their own, each tried with whole runs through the `openai` client. */
import type { ServerResponse } from 'node:http';
import type OpenAI from 'openai';
import type { Assistant, AssistantCreateParams } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';
import { createResponsesModel } from '../../../src/engine/models/responses';
import type { Engine, EngineOptions } from '../../../src/engine/engine';
import type { ModelServerOptions } from '../../../src/engine/models/server/modelServer';
import type { TurnDetails } from '../../../src/engine/store/tables/runTables';
import { delta, rawServer, sendEvents, type Asked, type RawServer } from '../models/support';
import { createTutor, openEngine } from '../support';

const providers = {
  'chat-completions': createChatCompletionsModel,
  responses: createResponsesModel,
} as const;

export type Kind = keyof typeof providers;
export const kinds: readonly Kind[] = ['chat-completions', 'responses'];

/** Answers the `at`-th request to the model, counted from 0. Requests to other paths get here too. */
export type Script = (response: ServerResponse, asked: Asked, at: number) => void;

/** A run that has ended, or waits for outputs. */
export interface Answer {
  run: Run;
  /** The text of its messages. */
  text: string;
  /** Oldest first, with what `include[]=turn` adds. */
  steps: (RunStep & { turn: TurnDetails })[];
}

export interface Trial {
  engine: Engine;
  client: OpenAI;
  dataDir: string;
  server: RawServer;
  assistant: Assistant;
  threadId: string;
  /** The bodies of the requests to the model. */
  bodies: () => Record<string, unknown>[];
  /** Asks in the trial's thread, and waits for the end of the run. */
  say: (text: string, more?: Partial<OpenAI.Beta.Threads.RunCreateParamsNonStreaming>) => Promise<Answer>;
  /** Waits for the end of a run of the trial's thread. */
  answerOf: (runId: string) => Promise<Answer>;
}

export interface TrialOptions {
  assistant?: Partial<AssistantCreateParams>;
  engine?: Partial<EngineOptions>;
  model?: Partial<ModelServerOptions>;
  /** Of an earlier engine, to try a restart. */
  dataDir?: string;
  /** An earlier server, in place of a new one. */
  server?: RawServer;
}

/** An engine on a scripted server, an assistant and a thread. */
export async function trial(kind: Kind, script: Script, options: TrialOptions = {}): Promise<Trial> {
  let requests = 0;
  const server =
    options.server ??
    (await rawServer((response, asked) => {
      if (isTurn(asked)) return script(response, asked, requests++);
      try {
        script(response, asked, -1);
      } catch {
        // Most scripts know the model's turns alone; engines also ask for descriptions of the model.
        response.writeHead(404).end();
      }
    }));
  const provider = providers[kind]({
    label: 'Test',
    baseURL: server.baseURL,
    timeouts: { retry: 1 },
    ...options.model,
  });
  const { engine, client, dataDir } = openEngine({
    provider,
    ...(options.dataDir !== undefined && { dataDir: options.dataDir }),
    ...options.engine,
  });
  const assistant = await createTutor(client, { model: 'test-model', ...options.assistant });
  const thread = await client.beta.threads.create();

  const answerOf = async (runId: string): Promise<Answer> => {
    const run = await client.beta.threads.runs.poll(runId, { thread_id: thread.id });
    const messages = await client.beta.threads.messages.list(thread.id, { run_id: runId, order: 'asc' });
    const steps = await client.beta.threads.runs.steps.list(runId, {
      thread_id: thread.id,
      order: 'asc',
      limit: 100,
      include: ['turn' as never],
    });
    const text = messages.data
      .flatMap(({ content }) => content.map((part) => (part.type === 'text' ? part.text.value : '')))
      .join('');
    return { run, text, steps: steps.data as Answer['steps'] };
  };
  return {
    engine,
    client,
    dataDir,
    server,
    assistant,
    threadId: thread.id,
    bodies: () => server.asked.filter(isTurn).map(({ body }) => body),
    say: async (text, more) => {
      await client.beta.threads.messages.create(thread.id, { role: 'user', content: text });
      const run = await client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id, ...more });
      return answerOf(run.id);
    },
    answerOf,
  };
}

/** Whether a request asks the model for a turn. */
function isTurn({ method, path }: Asked): boolean {
  return method === 'POST' && /\/(chat\/completions|responses)$/.test(path);
}

/** Streams a whole text as an answer of the API. */
export function sendText(kind: Kind, response: ServerResponse, text: string): void {
  if (kind === 'chat-completions') {
    sendEvents(response, [delta({ role: 'assistant', content: text }), delta({}, 'stop')]);
    return;
  }
  const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed' };
  const content = [{ type: 'output_text', text, annotations: [] }];
  sendEvents(
    response,
    [
      { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: text },
      { type: 'response.output_item.done', output_index: 0, item: { ...item, content } },
      {
        type: 'response.completed',
        response: { status: 'completed', output: [{ ...item, content }], usage: null },
      },
    ],
    false,
  );
}

/** Streams one function call as an answer of the API. */
export function sendCall(kind: Kind, response: ServerResponse, id: string, name: string, json: string): void {
  if (kind === 'chat-completions') {
    const call = { index: 0, id, type: 'function', function: { name, arguments: json } };
    sendEvents(response, [delta({ role: 'assistant', tool_calls: [call] }), delta({}, 'tool_calls')]);
    return;
  }
  const item = { id: `fc_${id}`, type: 'function_call', call_id: id, name, arguments: json };
  sendEvents(
    response,
    [
      { type: 'response.output_item.added', output_index: 0, item: { ...item, arguments: '' } },
      { type: 'response.function_call_arguments.delta', output_index: 0, delta: json },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: { status: 'completed', output: [item], usage: null } },
    ],
    false,
  );
}
