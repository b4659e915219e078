/**
 * Programs for the official `openai` clients that continue with an assistant or a thread. Names and ids
 * are untrusted: they are written only as escaped literals and comments.
 */

export const codeLanguages = ['python', 'typescript'] as const;

export type CodeLanguage = (typeof codeLanguages)[number];

/** The assistant and thread of a program. */
export interface CodeTarget {
  assistant: { id: string; name: string };
  /** If left out, the program creates a thread. */
  thread?: { id: string; title: string };
  /** The model with its connection, as `connection/model`; left out if the assistant's own is to be used. */
  model?: string;
  /** The server of the assistant: one that is running, or the command that starts one. */
  serve: ServeCommand | { baseUrl: string };
}

/** A command line that serves the data without VS Code, to be run in a clone of the repository. */
export interface ServeCommand {
  line: string;
  /** Further setup that the command needs. */
  note?: string;
}

/** A complete program that sends the question of its command line and prints the streamed answer. */
export function codeFor(language: CodeLanguage, target: CodeTarget): string {
  return language === 'python' ? python(target) : typescript(target);
}

function python(target: CodeTarget): string {
  const { assistant, thread, model } = target;
  return `${introduction('#', target, ['pip install openai'], 'python ask.py "Your question"')}
import sys

from openai import OpenAI

# Reads OPENAI_BASE_URL and OPENAI_API_KEY.
client = OpenAI()

question = " ".join(sys.argv[1:]) or "Hello!"

assistant = client.beta.assistants.retrieve(${literal(assistant.id)})
thread = ${thread ? `client.beta.threads.retrieve(${literal(thread.id)})` : 'client.beta.threads.create()'}
client.beta.threads.messages.create(thread.id, role="user", content=question)

with client.beta.threads.runs.stream(
    thread_id=thread.id,
    assistant_id=assistant.id,${model === undefined ? '' : `\n    model=${literal(model)},`}
) as stream:
    for text in stream.text_deltas:
        print(text, end="", flush=True)
    run = stream.get_final_run()
print()

if run.status == "requires_action":
    calls = run.required_action.submit_tool_outputs.tool_calls
    names = ", ".join(call.function.name for call in calls)
    client.beta.threads.runs.cancel(run.id, thread_id=thread.id)
    sys.exit(f"The assistant calls functions that this program does not have: {names}")
if run.status != "completed":
    sys.exit(f"The run is {run.status}. {run.last_error.message if run.last_error else ''}")
`;
}

function typescript(target: CodeTarget): string {
  const { assistant, thread, model } = target;
  return `${introduction('//', target, ['npm install openai'], 'npx tsx ask.ts "Your question"')}
import OpenAI from 'openai';

// Reads OPENAI_BASE_URL and OPENAI_API_KEY.
const client = new OpenAI();

const question = process.argv.slice(2).join(' ') || 'Hello!';

async function main(): Promise<void> {
  const assistant = await client.beta.assistants.retrieve(${literal(assistant.id)});
  const thread = await client.beta.threads.${thread ? `retrieve(${literal(thread.id)})` : 'create()'};
  await client.beta.threads.messages.create(thread.id, { role: 'user', content: question });

  const stream = client.beta.threads.runs.stream(thread.id, {
    assistant_id: assistant.id,${model === undefined ? '' : `\n    model: ${literal(model)},`}
  });
  stream.on('textDelta', ({ value }) => process.stdout.write(value ?? ''));
  const run = await stream.finalRun();
  process.stdout.write('\\n');

  if (run.status === 'requires_action') {
    const calls = run.required_action?.submit_tool_outputs.tool_calls ?? [];
    const names = calls.map((call) => call.function.name).join(', ');
    await client.beta.threads.runs.cancel(run.id, { thread_id: thread.id });
    throw new Error(\`The assistant calls functions that this program does not have: \${names}\`);
  }
  if (run.status !== 'completed') throw new Error(\`The run is \${run.status}. \${run.last_error?.message ?? ''}\`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
`;
}

/**
 * The header comment: what the program does and how to run it. Names come last, because Python looks for
 * a declaration of the encoding in the first two lines, and Vim for settings in the first five.
 */
function introduction(
  sign: '#' | '//',
  { assistant, thread, serve }: CodeTarget,
  install: readonly string[],
  run: string,
): string {
  const lines = [
    'Sends a question to an assistant, and prints its answer.',
    '',
    ...install.map((line) => `  ${line}`),
    '',
    ...('baseUrl' in serve ? serverLines(serve.baseUrl, run) : startLines(serve, run)),
    '',
    thread
      ? `Continues the thread “${thread.title}”, answered by the assistant “${assistant.name}”.`
      : `Asks the assistant “${assistant.name}” in a new thread.`,
  ];
  return lines.map((line) => `${sign} ${commentText(line)}`.trimEnd()).join('\n');
}

function serverLines(baseUrl: string, run: string): string[] {
  return [
    'KEY is a key that this server accepts (of VS Code’s: “Assistants: Copy as Environment Variables…”):',
    `  OPENAI_BASE_URL=${quoteWord(baseUrl)} OPENAI_API_KEY=KEY ${run}`,
  ];
}

function startLines({ line, note }: ServeCommand, run: string): string[] {
  return [
    'An address: “Assistants: Start Local API Server” in VS Code serves this window. Its address and key',
    'come from “Assistants: Copy as Environment Variables…”. Then:',
    `  ${run}`,
    'Or without VS Code, from a clone of Assistants Studio; it prints “listening http://127.0.0.1:PORT/v1”:',
    `  ${line}`,
    ...(note === undefined ? [] : [note]),
    'The key is any text, or what --token was given:',
    `  OPENAI_BASE_URL=http://127.0.0.1:PORT/v1 OPENAI_API_KEY=local ${run}`,
  ];
}

/** A text as a literal that means the same in Python, JavaScript and TypeScript. */
function literal(text: string): string {
  return escapeInvisible(JSON.stringify(text));
}

/** Text for a line comment: it has no line breaks, and no start of a comment that tools would obey. */
function commentText(text: string): string {
  const pragma = /(?<=\/[/*]\s*)[#@]/g;
  return escapeInvisible(text).replace(pragma, (character) => escaped(character));
}

/** Escapes line breaks, control characters, byte order marks, and marks that change the order of display. */
function escapeInvisible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu,
    escaped,
  );
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The connection that an assistant's model belongs to. */
export interface CodeConnection {
  /** Undefined if the connection does not exist. */
  id: string | undefined;
  /** Undefined for a built-in connection. */
  server?: { kind: 'chat-completions' | 'responses'; baseUrl: string };
}

/**
 * The assistant's model with its connection, so that it is the same on every server of this data, and the command
 * that serves this data folder with it.
 */
export function servedModel(
  dataDir: string,
  model: string,
  { id, server }: CodeConnection,
): { model?: string; serve: ServeCommand } {
  const line = `npm run --silent serve -- --data-dir ${quoteWord(dataDir)}`;
  if (id === 'demo') return { serve: { line } };
  if (id === undefined) {
    const note =
      "The connection of the assistant's model does not exist: add --model-api and --model-base-url.";
    return { serve: { line, note } };
  }
  const named = model.startsWith(`${id}/`) ? model : `${id}/${model}`;
  if (!server) {
    const note = 'The models of VS Code answer inside VS Code alone: add --model-api and --model-base-url.';
    return { model: named, serve: { line, note } };
  }
  const options = [
    `--model-api ${server.kind}`,
    `--model-base-url ${quoteWord(server.baseUrl)}`,
    `--model-connection ${quoteWord(id)}`,
  ];
  const note = "The model's own key comes from the environment of that command, as OPENAI_API_KEY.";
  return { model: named, serve: { line: [line, ...options].join(' '), note } };
}

/** Quotes an argument for the shell of a platform: on Windows for PowerShell and, where possible, cmd. */
export function quoteWord(word: string, platform: NodeJS.Platform = process.platform): string {
  if (/^[\w@%+=:,./-]+$/.test(word) && !(platform === 'win32' && /[@%,]/.test(word))) return word;
  if (platform !== 'win32') return `'${word.replaceAll("'", `'\\''`)}'`;
  // Both expand some characters in double quotes; only PowerShell has single ones, of five kinds.
  return /["$`%!\u201c-\u201e]/.test(word) ? `'${word.replace(/['\u2018-\u201b]/g, '$&$&')}'` : `"${word}"`;
}
