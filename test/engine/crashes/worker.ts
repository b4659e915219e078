/**
 * An engine in a process of its own, to be killed. Its model streams words, calls functions and runs tools, as
 * the prompt asks. Sends its address to the parent process.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { createApp } from '../../../src/engine/api/app';
import { startServer } from '../../../src/engine/server/localServer';
import type { ModelEvent, ModelProvider, ModelRequest } from '../../../src/engine/models/modelProvider';
import { EngineRegistry } from '../../../src/engine/engineRegistry';
import { RunManager } from '../../../src/engine/runs/manager';
import { ThreadDeletion } from '../../../src/engine/threadDeletion';
import { ThreadIndexer } from '../../../src/engine/threadSearch/threadIndexer';
import { Checkpointer } from '../../../src/engine/store/checkpoints/checkpointer';
import { Store } from '../../../src/engine/store/store';
import { ChangeLog } from '../../../src/engine/changeLog';
import {
  type CodeAnswer,
  CodeInterpreterTool,
} from '../../../src/engine/tools/codeInterpreter/codeInterpreterTool';
import { asks } from './asks';

const usage: ModelEvent = { type: 'usage', usage: { promptTokens: 20, completionTokens: 10 } };

function lastText(request: ModelRequest): string {
  const last = request.messages.at(-1);
  if (last?.role !== 'user') return '';
  return last.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

async function* words(count: number, signal: AbortSignal): AsyncIterable<ModelEvent> {
  for (let i = 0; i < count; i++) {
    await sleep(10, undefined, { signal });
    yield { type: 'text', text: `word${i} ` };
  }
}

function* call(name: string, json: string): Iterable<ModelEvent> {
  yield { type: 'tool_call', index: 0, id: 'call_1', name };
  for (const piece of json.match(/.{1,5}/g) ?? []) {
    yield { type: 'tool_call_arguments', index: 0, arguments: piece };
  }
  yield usage;
  yield { type: 'finish', reason: 'tool_calls' };
}

const model: ModelProvider = {
  listModels: () => Promise.resolve([{ id: 'worker' }]),
  async *generate(request, signal) {
    const text = lastText(request);
    if (text.startsWith(asks.function)) {
      yield* call('get_weather', '{"city":"Rome"}');
    } else if (text.startsWith(asks.tool)) {
      yield* call('code_interpreter', '{"code":"print(1)"}');
    } else {
      yield* words(Number(/^Speak (\d+) words/.exec(text)?.[1] ?? 12), signal);
      yield usage;
      yield { type: 'finish', reason: 'stop' };
    }
  },
};

/** Replaces Python, which needs seconds and much memory: prints something for a moment. */
class StandIn extends CodeInterpreterTool {
  override warmUp(): void {
    // Nothing to prepare.
  }

  override async run(
    _run: Run,
    _code: string,
    signal: AbortSignal,
    onOutput: Parameters<CodeInterpreterTool['run']>[3],
  ): Promise<CodeAnswer> {
    for (let i = 0; i < 8; i++) {
      await sleep(10, undefined, { signal });
      onOutput({ type: 'logs', logs: `line ${i}\n` });
    }
    return { text: 'It printed lines.', files: {} };
  }
}

/** An engine as `createEngine` makes it, but with another tool and a shorter heartbeat interval. */
async function work(dataDir: string): Promise<void> {
  const log = (message: string): void => console.error(message);
  const models = () => [{ id: 'worker', label: 'Worker', provider: model }];
  const store = new Store(dataDir);
  // So many that it is killed in the middle of some.
  new Checkpointer(store, resolve('dist/databaseWorker.js'), log, { commits: 5 });
  const codeInterpreter = new StandIn(store, dataDir, { assets: '' }, log);
  const tools = new Map([[codeInterpreter.type, codeInterpreter]]);
  const registry = new EngineRegistry(store, log, 100);
  const changeLog = new ChangeLog(store, registry, log);
  const runs = new RunManager(store, registry, { models, tools, keptRequests: () => 100, log });
  const threadIndexer = new ThreadIndexer(store, registry.id, log);
  registry.onTick((alive) => threadIndexer.tick(alive));
  const threadDeletion = new ThreadDeletion(store, registry, log);
  const prices = () => new Map();
  const keptRequests = () => 100;
  const context = {
    ...{ store, runs, changeLog, registry, threadIndexer, threadDeletion },
    ...{ models, prices, tools, keptRequests },
    runExpirySeconds: 3600,
  };
  const app = createApp(context, log);
  const engine = { fetch: async (input: string | URL | Request) => app.fetch(new Request(input)) };
  const server = await startServer({ engine });
  process.send?.(server.url);
  process.once('disconnect', () => process.exit(0));
}

if (require.main === module) void work(process.argv[2] ?? '');
