import * as z from 'zod';
import { ToolError } from './toolOutput';

const text = z.string().trim().min(1);

/** The inputs of the tools. package.json describes them to models; this is what is checked. */
export const inputs = {
  runPython: z.strictObject({
    code: z.string().min(1).max(256_000),
    files: z.array(text).max(20).optional(),
    saveTo: text.optional(),
    session: text.optional(),
  }),
  searchFiles: z.strictObject({
    query: text.max(4_096),
    vectorStore: text.optional(),
    maxResults: z.int().min(1).max(20).optional(),
  }),
  askAssistant: z.strictObject({
    message: text.max(256_000),
    assistant: text.optional(),
    threadId: text.optional(),
  }),
};

export type ToolId = keyof typeof inputs;
export type RunPythonInput = z.output<(typeof inputs)['runPython']>;
export type SearchFilesInput = z.output<(typeof inputs)['searchFiles']>;
export type AskAssistantInput = z.output<(typeof inputs)['askAssistant']>;

/** Checks the input of a tool. Throws ToolError, naming the first wrong field. */
export function checkInput<Id extends ToolId>(id: Id, given: unknown): z.output<(typeof inputs)[Id]> {
  const { data, error } = inputs[id].safeParse(given);
  if (!error) return data as z.output<(typeof inputs)[Id]>;
  const [{ path, message }] = error.issues as [z.core.$ZodIssue];
  throw new ToolError([path.join('.'), message].filter(Boolean).join(': '));
}
