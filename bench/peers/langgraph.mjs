// LangGraph's development server, which keeps its threads in memory, and its client.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@langchain/langgraph-sdk';
import { measure, question } from './common.mjs';

const folder = import.meta.dirname;
writeFileSync(
  join(folder, 'langgraph.json'),
  JSON.stringify({
    node_version: '22',
    dependencies: ['.'],
    graphs: { agent: './langgraphAgent.mjs:graph' },
  }),
);

const port = await freePort();
const cli = join(folder, 'node_modules', '@langchain', 'langgraph-cli', 'dist', 'cli', 'cli.mjs');
const server = spawn(process.execPath, [cli, 'dev', '--port', String(port), '--no-browser'], {
  cwd: folder,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const end = () => server.kill();
process.once('exit', end);
const client = new Client({ apiUrl: `http://127.0.0.1:${port}` });
await untilReady();

await measure(['@langchain/langgraph-cli', '@langchain/langgraph'], async (model, onText) => {
  const { thread_id } = await client.threads.create();
  const events = client.runs.stream(thread_id, 'agent', {
    input: { messages: [{ role: 'user', content: question }] },
    config: { configurable: { model } },
    streamMode: 'messages-tuple',
  });
  for await (const { event, data } of events) {
    if (event === 'error') throw new Error(JSON.stringify(data));
    if (event === 'messages' && data[0].content) onText();
  }
});
process.exit();

async function untilReady() {
  const end = Date.now() + 120_000;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`The server ended with code ${server.exitCode}.`);
    if (await client.assistants.search().catch(() => undefined)) return;
    if (Date.now() > end) throw new Error('The server did not start.');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
