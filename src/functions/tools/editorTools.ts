import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { describeError, isCancellation, UserError } from '../../client/errors/errors';
import type { ToolHandler, FunctionCall, ToolBinding } from '../toolHandler';
import type { AllowedTools } from './allowedTools';
import { functionNameFor, type FunctionDefinition } from './definition';
import { resultText } from './toolResult';

/** Answers calls with VS Code's tools: those of other extensions and of MCP servers. */
export class EditorTools implements ToolHandler {
  constructor(private readonly allowed: AllowedTools) {}

  find(call: FunctionCall, run: Run): ToolBinding | undefined {
    const tool = findTool(call.name);
    if (!tool) return undefined;
    return {
      describe: {
        kind: 'editorTool',
        label: toolLabel(tool.name),
        canAlwaysAllow: this.allowed.canAllow,
      },
      run: (args, token) => invoke(tool.name, args, token),
      alwaysAllow: () => this.allowed.allow(run.assistant_id, tool.name),
      isAlwaysAllowed: () => this.allowed.has(run.assistant_id, tool.name),
    };
  }
}

/** Converts a VS Code tool to a function definition. */
export function functionOfTool(tool: vscode.LanguageModelToolInformation): FunctionDefinition {
  return {
    name: functionNameFor(tool.name),
    description: tool.description,
    parameters: { properties: {}, ...tool.inputSchema, type: 'object' },
  };
}

/** The tool of a function name; undefined if its extension or server is not available. */
function findTool(functionName: string): vscode.LanguageModelToolInformation | undefined {
  const { tools } = vscode.lm;
  return (
    tools.find(({ name }) => name === functionName) ??
    tools.find(({ name }) => functionNameFor(name) === functionName)
  );
}

/** The display name of a tool: from its extension's manifest, else the tool's name. */
export function toolLabel(toolName: string): string {
  for (const { packageJSON } of vscode.extensions.all) {
    const { contributes } = packageJSON as { contributes?: { languageModelTools?: unknown } };
    const tools: unknown = contributes?.languageModelTools;
    if (!Array.isArray(tools)) continue;
    const found = (tools as { name?: unknown; displayName?: unknown }[]).find(
      ({ name }) => name === toolName,
    );
    if (typeof found?.displayName === 'string') return found.displayName;
  }
  return toolName;
}

async function invoke(name: string, args: unknown, token: vscode.CancellationToken): Promise<string> {
  if (typeof args !== 'object' || args === null) {
    throw new UserError(vscode.l10n.t('The tool expects its arguments as an object.'));
  }
  try {
    // Without a VS Code chat, VS Code asks for confirmation in its own dialog if the tool requires it.
    return resultText(
      await vscode.lm.invokeTool(name, { input: args, toolInvocationToken: undefined }, token),
    );
  } catch (error) {
    if (token.isCancellationRequested) throw new vscode.CancellationError();
    if (isDeclined(error))
      throw new UserError(vscode.l10n.t('You declined to let “{0}” run.', toolLabel(name)));
    throw new UserError(vscode.l10n.t('“{0}” failed: {1}', toolLabel(name), describeError(error)));
  }
}

/** Checked by name, too: a cancellation from VS Code does not always keep its class. */
function isDeclined(error: unknown): boolean {
  return isCancellation(error) || (error instanceof Error && error.name === 'Canceled');
}
