import type OpenAI from 'openai';
import { Folders } from './folders';
import type { RunPythonInput } from './inputs';
import { pythonError, runPython } from './runPython';
import type { ToolOutput } from './toolOutput';

export interface PythonPlaces {
  /** The folders whose files the user lets code have. */
  folders: readonly string[];
  signal: AbortSignal;
  /** Maximum tokens of the text. */
  budget?: number;
}

/** Runs Python with files of these folders, and saves what it writes where it was asked to. Throws ToolError. */
export async function runPythonWithFiles(
  client: OpenAI,
  input: RunPythonInput,
  { folders, signal, budget }: PythonPlaces,
): Promise<ToolOutput> {
  const places = new Folders(folders);
  const files = await Promise.all((input.files ?? []).map((path) => places.read(path)));
  if (input.saveTo !== undefined) await places.save(input.saveTo, []);
  try {
    const output = await runPython(client, input, { files, budget, signal });
    if (input.saveTo === undefined) return output;
    const paths = await places.save(input.saveTo, [...output.images, ...output.files]);
    const saved = paths.map((path) => `[Saved: ${path}]`);
    return { ...output, text: [output.text, ...saved].join('\n') };
  } catch (error) {
    throw pythonError(error);
  }
}
