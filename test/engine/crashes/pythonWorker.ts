/** An engine with real Python in a process of its own, to be killed. Its model runs the code of the prompt. */
import { resolve } from 'node:path';
import { createEngine } from '../../../src/engine/engine';
import { startServer } from '../../../src/engine/server/localServer';
import type { ModelProvider } from '../../../src/engine/models/modelProvider';

const model: ModelProvider = {
  listModels: () => Promise.resolve([{ id: 'worker' }]),
  async *generate({ messages }) {
    await Promise.resolve();
    const last = messages.at(-1);
    const [part] = last?.role === 'user' ? last.content : [];
    if (part?.type !== 'text') {
      yield { type: 'text', text: 'Done.' };
      yield { type: 'finish', reason: 'stop' };
      return;
    }
    yield { type: 'tool_call', index: 0, id: 'call', name: 'code_interpreter' };
    yield { type: 'tool_call_arguments', index: 0, arguments: JSON.stringify({ code: part.text }) };
    yield { type: 'finish', reason: 'tool_calls' };
  },
};

async function work(dataDir: string): Promise<void> {
  const engine = createEngine({
    dataDir,
    models: () => [{ id: 'worker', label: 'Worker', provider: model }],
    tools: { codeInterpreter: { assets: resolve('dist/python') } },
    tickInterval: 100,
    log: (message) => console.error(message),
  });
  const server = await startServer({ engine });
  process.send?.(server.url);
  process.once('disconnect', () => process.exit(0));
}

if (require.main === module) void work(process.argv[2] ?? '');
