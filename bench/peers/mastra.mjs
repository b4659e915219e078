// Mastra, with its memory in a libSQL database on disk.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Agent } from '@mastra/core/agent';
import { LibSQLStore } from '@mastra/libsql';
import { Memory } from '@mastra/memory';
import { baseURL, measure, question } from './common.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bench-mastra-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const storage = new LibSQLStore({ id: 'bench', url: `file:${join(folder, 'memory.db')}` });
const memory = new Memory({ storage });
const provider = createOpenAICompatible({ name: 'bench', apiKey: 'any', baseURL });
const agents = new Map();

function agentOf(model) {
  if (!agents.has(model)) {
    const instructions = 'You are a clock.';
    agents.set(
      model,
      new Agent({ id: model, name: model, instructions, model: provider.chatModel(model), memory }),
    );
  }
  return agents.get(model);
}

await measure(['@mastra/core', '@mastra/memory', '@mastra/libsql'], async (model, onText) => {
  const place = { thread: randomUUID(), resource: 'bench' };
  const answer = await agentOf(model).stream(question, { memory: place });
  for await (const text of answer.textStream) if (text) onText();
});
process.exit();
