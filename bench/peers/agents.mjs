// The OpenAI Agents SDK, with a session in memory: it has none of its own on disk.
import { Agent, MemorySession, OpenAIChatCompletionsModel, run, setTracingDisabled } from '@openai/agents';
import OpenAI from 'openai';
import { baseURL, measure, question } from './common.mjs';

setTracingDisabled(true);
const client = new OpenAI({ apiKey: 'any', baseURL });

await measure(['@openai/agents'], async (name, onText) => {
  const model = new OpenAIChatCompletionsModel(client, name);
  const agent = new Agent({ name: 'Bench', instructions: 'You are a clock.', model });
  const answer = await run(agent, question, { stream: true, session: new MemorySession() });
  for await (const text of answer.toTextStream()) if (text) onText();
  await answer.completed;
});
process.exit();
