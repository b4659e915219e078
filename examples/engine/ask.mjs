// The Assistants API inside Node, without a port: the engine is the client's `fetch`.
//
//   npm install assistants-studio openai
//   node ask.mjs
import { createEngine } from 'assistants-studio';
import OpenAI from 'openai';

// Data is kept in this folder. Without `connections` there is the demo, whose replies are scripted; a connection is
// { id: 'openai', kind: 'responses', baseUrl: 'https://api.openai.com/v1' }, with its key in OPENAI_API_KEY.
const engine = createEngine({ dataDir: process.argv[2] ?? 'assistants-data' });
const client = new OpenAI({ apiKey: 'local', baseURL: 'http://engine/v1', fetch: engine.fetch });

const assistant = await client.beta.assistants.create({
  name: 'Math Tutor',
  model: 'demo/tutor',
  tools: [{ type: 'code_interpreter' }],
});
const stream = client.beta.threads.createAndRunStream({
  assistant_id: assistant.id,
  thread: { messages: [{ role: 'user', content: 'Generate the first 20 Fibonacci numbers with code.' }] },
});
for await (const event of stream) {
  if (event.event !== 'thread.message.delta') continue;
  for (const part of event.data.delta.content ?? []) process.stdout.write(part.text?.value ?? '');
}
process.stdout.write('\n');
await engine.close();
