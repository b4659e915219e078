import type OpenAI from 'openai';
import { Folders } from './folders';
import type { RunPythonInput } from './inputs';
import { pythonError, runPython } from './runPython';
import { boundedLines, textOf, type ToolFile, type ToolOutput } from './toolOutput';

export interface PythonPlaces {
  /** The folders whose files the user lets code have. */
  folders: readonly string[];
  signal: AbortSignal;
  /** Maximum tokens of the text. */
  budget?: number;
}

/** Of the files that were saved, the text of this many is returned, each up to this number of bytes. */
const maxShownFiles = 20;
const maxShownBytes = 20_000;

/** Runs Python with files of these folders, and saves what it writes where it was asked to. Throws ToolError. */
export async function runPythonWithFiles(
  client: OpenAI,
  input: RunPythonInput,
  { folders, signal, budget }: PythonPlaces,
): Promise<ToolOutput> {
  const places = new Folders(folders);
  const files = await Promise.all((input.files ?? []).map((path) => places.read(path)));
  const { saveTo } = input;
  if (saveTo !== undefined) await places.save(saveTo, []);
  try {
    const output = await runPython(client, input, { files, saving: saveTo !== undefined, budget, signal });
    if (saveTo === undefined) return output;
    const paths = await places.save(saveTo, [...output.images, ...output.files]);
    const saved = boundedLines(paths.map((path) => `[Saved: ${path}]`));
    const shown = output.files.filter(isShortText).slice(0, maxShownFiles);
    return { ...output, files: shown, text: [output.text, ...saved].join('\n') };
  } catch (error) {
    throw pythonError(error);
  }
}

function isShortText(file: ToolFile): boolean {
  return file.data.length <= maxShownBytes && textOf(file) !== undefined;
}
