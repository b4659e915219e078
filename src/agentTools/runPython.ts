import type OpenAI from 'openai';
import { toFile } from 'openai';
import type { RunPythonInput } from './inputs';
import {
  boundedLines,
  boundedText,
  imageTypeOf,
  mimeTypeOf,
  ToolError,
  type ToolFile,
  type ToolOutput,
} from './toolOutput';

/** Files that code wrote, up to this number and size, are returned, unless they are saved. */
const maxFiles = 20;
const maxFileBytes = 5 * 1024 * 1024;
/** Seconds until a file that is given to code expires, should its deletion fail. The API's minimum. */
const inputLifetime = 3_600;

/** The answer of `POST /code_runs`, an extension of the API. */
interface CodeRun {
  session_id: string;
  ok: boolean;
  outputs: ({ type: 'logs'; logs: string } | { type: 'image'; image: { file_id: string } })[];
  files: { name: string; file_id: string }[];
}

export interface PythonOptions {
  /** Files for `/mnt/data`, which the user agreed to. */
  files: readonly { name: string; data: Uint8Array }[];
  /** All written files are needed, whatever their number and size: they are saved. */
  saving: boolean;
  /** Maximum tokens of the text. */
  budget?: number;
  signal: AbortSignal;
}

/** Runs Python in the sandbox of the client's engine. Errors of the code are part of the output. */
export async function runPython(
  client: OpenAI,
  { code, session }: RunPythonInput,
  { files, saving, budget, signal }: PythonOptions,
): Promise<ToolOutput> {
  const given = await upload(client, files, signal);
  try {
    const body = { code, file_ids: given, ...(session !== undefined && { session_id: session }) };
    const run = await client.post<CodeRun>('/code_runs', { body, signal });
    return await outputOf(client, run, { saving, budget, signal });
  } finally {
    // The code has its copies.
    for (const id of given) client.files.delete(id).catch(() => undefined);
  }
}

async function upload(client: OpenAI, files: PythonOptions['files'], signal: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  for (const { name, data } of files) {
    const file = await toFile(data, name);
    const { id } = await client.files.create(
      { file, purpose: 'assistants', expires_after: { anchor: 'created_at', seconds: inputLifetime } },
      { signal },
    );
    ids.push(id);
  }
  return ids;
}

async function outputOf(
  client: OpenAI,
  { session_id, ok, outputs, files }: CodeRun,
  { saving, budget, signal }: Omit<PythonOptions, 'files'>,
): Promise<ToolOutput> {
  const read = async (fileId: string): Promise<Uint8Array> =>
    new Uint8Array(await (await client.files.content(fileId, { signal })).arrayBuffer());
  const names = new Map(files.map(({ file_id, name }) => [file_id, name]));
  const images: ToolFile[] = [];
  const lines: string[] = [];
  for (const output of outputs) {
    if (output.type === 'logs') {
      lines.push(output.logs.trimEnd());
      continue;
    }
    const { file_id } = output.image;
    const data = await read(file_id);
    const name = names.get(file_id) ?? `image-${images.length + 1}.png`;
    images.push({ name, mimeType: imageTypeOf(data), data });
    lines.push(`[Image: ${name}]`);
  }
  const shown = new Set(outputs.map((output) => (output.type === 'image' ? output.image.file_id : '')));
  const written: { name: string; bytes: number; data?: Uint8Array }[] = [];
  for (const { name, file_id } of files.filter(({ file_id }) => !shown.has(file_id))) {
    const { bytes } = await client.files.retrieve(file_id, { signal });
    const isReturned = saving || (written.length < maxFiles && bytes <= maxFileBytes);
    written.push({ name, bytes, ...(isReturned && { data: await read(file_id) }) });
  }
  const notes = [
    ...(ok ? [] : ['[The code ended with an error.]']),
    ...boundedLines(
      written.map(({ name, bytes, data }) =>
        data
          ? `[File written: ${name}, ${bytes} bytes]`
          : `[File written, ${bytes > maxFileBytes ? 'too large' : 'one too many'} to return: ${name}, ${bytes} bytes. Set saveTo to save it.]`,
      ),
    ),
    `[Session: ${session_id}. Pass it as "session" to go on with its variables and files.]`,
  ];
  const printed = lines.filter(Boolean).join('\n') || '[No output. Print what you want to see.]';
  const text = [boundedText(printed, 'Print less, or write it to a file.', budget), ...notes].join('\n');
  return {
    text,
    images,
    files: written.flatMap(({ name, data }) => (data ? [{ name, mimeType: mimeTypeOf(name), data }] : [])),
  };
}

/** A service that has no `POST /code_runs` answers with 404. */
export function pythonError(error: unknown): unknown {
  const isMissing = error instanceof Error && 'status' in error && error.status === 404;
  if (!isMissing || !/Invalid URL|code_runs/.test(error.message)) return error;
  return new ToolError('This service cannot run Python. Use the engine of Assistants Studio.');
}
