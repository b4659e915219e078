import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  type CallToolResult,
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import type OpenAI from 'openai';
import { version } from '../../package.json';
import { askAssistant, sendWith } from '../agentTools/askAssistant';
import { checkInput, inputs, type ToolId } from '../agentTools/inputs';
import { runPythonWithFiles } from '../agentTools/pythonFiles';
import { searchFiles } from '../agentTools/searchFiles';
import { textOf, type ToolOutput } from '../agentTools/toolOutput';
import { toolDescriptions } from './tools';

export interface McpOptions {
  client: OpenAI;
  /** The folders whose files may be given to Python. */
  folders: readonly string[];
}

/** Milliseconds between reports of progress. */
const progressInterval = 1_000;

type Progress = (message: string) => void;

/** Serves the tools over standard input and output. Resolves when the client is connected; `closed` is called at the end. */
export async function serveMcp(options: McpOptions, closed: () => void): Promise<void> {
  const server = new Server(
    { name: 'assistants-studio', title: 'Assistants Studio', version },
    {
      capabilities: { tools: {} },
      instructions:
        'Tools of Assistants Studio: Python in a sandbox, the files of its vector stores, and its assistants.',
    },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: toolDescriptions }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification, _meta }) => {
    const { name, arguments: given = {} } = params;
    if (!Object.hasOwn(inputs, name))
      throw new McpError(ErrorCode.InvalidParams, `There is no tool '${name}'.`);
    const progressToken = _meta?.progressToken;
    let progress = 0;
    const report: Progress = (message) => {
      if (progressToken === undefined) return;
      progress += 1;
      void sendNotification({
        method: 'notifications/progress',
        params: { progressToken, progress, message },
      }).catch(() => undefined);
    };
    // Clients cancel calls that are silent for long.
    const started = Date.now();
    const timer = setInterval(
      () => report(`${Math.round((Date.now() - started) / 1000)} s`),
      progressInterval,
    );
    try {
      return resultOf(await call(options, name as ToolId, given, signal));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return { isError: true, content: [{ type: 'text', text }] };
    } finally {
      clearInterval(timer);
    }
  });
  server.onclose = closed;
  // Such as a line that is no JSON: nothing answers it.
  server.onerror = (error) => console.error(`MCP: ${error.message}`);
  // The transport does not notice that its client is gone.
  process.stdin.once('end', () => void server.close());
  await server.connect(new StdioServerTransport());
}

async function call(
  { client, folders }: McpOptions,
  id: ToolId,
  given: unknown,
  signal: AbortSignal,
): Promise<ToolOutput> {
  switch (id) {
    case 'runPython':
      return runPythonWithFiles(client, checkInput(id, given), { folders, signal });
    case 'searchFiles':
      return searchFiles(client, checkInput(id, given), { signal });
    case 'askAssistant':
      return askAssistant(client, checkInput(id, given), { send: sendWith(client), signal });
  }
}

/** Bytes of an embedded file at most: the whole result becomes one line of JSON. */
const maxEmbeddedBytes = 1024 * 1024;

function resultOf({ text, images, files }: ToolOutput): CallToolResult {
  const content: CallToolResult['content'] = [{ type: 'text', text }];
  for (const { mimeType, data } of images)
    content.push({ type: 'image', mimeType, data: Buffer.from(data).toString('base64') });
  for (const file of files) {
    const { name, mimeType, data } = file;
    if (data.length > maxEmbeddedBytes) {
      const advice = 'Set saveTo to save it, or write less.';
      content.push({
        type: 'text',
        text: `[${name} is too large to be returned: ${data.length} bytes. ${advice}]`,
      });
      continue;
    }
    const uri = `file:///mnt/data/${name.split('/').map(encodeURIComponent).join('/')}`;
    const words = textOf(file);
    const body = words === undefined ? { blob: Buffer.from(data).toString('base64') } : { text: words };
    content.push({ type: 'resource', resource: { uri, mimeType, ...body } });
  }
  return { content };
}
