import * as vscode from 'vscode';
import { askAssistant } from '../agentTools/askAssistant';
import { checkInput, type ToolId } from '../agentTools/inputs';
import { runPythonWithFiles } from '../agentTools/pythonFiles';
import { searchFiles } from '../agentTools/searchFiles';
import { textOf, type ToolFile, type ToolOutput } from '../agentTools/toolOutput';
import { createClient } from '../client/client';
import { describeError } from '../client/errors/errors';
import { sendAndWait } from '../client/runs/sendAndWait';
import type { AgentToolParts } from './agentTools';

/** Characters of a written file that are returned at most; its text becomes a part of the prompt. */
const maxFileText = 20_000;

/** Answers a call of VS Code's chat. Throws an error whose message is for the model. */
export async function callTool(
  parts: AgentToolParts,
  id: ToolId,
  { input, tokenizationOptions }: vscode.LanguageModelToolInvocationOptions<unknown>,
  token: vscode.CancellationToken,
): Promise<vscode.LanguageModelToolResult> {
  const aborter = new AbortController();
  const onCancel = token.onCancellationRequested(() => aborter.abort());
  if (token.isCancellationRequested) aborter.abort();
  try {
    const limits = { budget: tokenizationOptions?.tokenBudget, signal: aborter.signal };
    return resultOf(await run(parts, id, input, limits));
  } catch (error) {
    if (token.isCancellationRequested) throw new vscode.CancellationError();
    throw new Error(describeError(error), { cause: error });
  } finally {
    onCancel.dispose();
  }
}

function run(
  { services, engine }: AgentToolParts,
  id: ToolId,
  input: unknown,
  limits: { budget?: number; signal: AbortSignal },
): Promise<ToolOutput> {
  const { client } = services;
  switch (id) {
    case 'runPython':
      return runPythonWithFiles(createClient(engine), checkInput(id, input), {
        ...limits,
        folders: workspaceFolders(),
      });
    case 'searchFiles':
      return searchFiles(client, checkInput(id, input), limits);
    case 'askAssistant':
      return askAssistant(client, checkInput(id, input), {
        ...limits,
        send: (message, signal) => sendAndWait(services, message, signal),
      });
  }
}

/** The folders of the workspace that are on this machine. */
export function workspaceFolders(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
}

function resultOf({ text, images, files }: ToolOutput): vscode.LanguageModelToolResult {
  const texts = [text, ...files.map(fileText)].map((part) => new vscode.LanguageModelTextPart(part));
  const pictures = images.map(({ data, mimeType }) => vscode.LanguageModelDataPart.image(data, mimeType));
  return new vscode.LanguageModelToolResult([...texts, ...pictures]);
}

function fileText(file: ToolFile): string {
  const text = textOf(file);
  if (text === undefined) return `[${file.name} is not text. Set saveTo to save it for the user.]`;
  if (text.length > maxFileText)
    return `[${file.name} has ${text.length} characters. Set saveTo to save it for the user, or print a part.]`;
  return `[${file.name}]\n${text}`;
}
