import type { Assistant, AssistantTool } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';

/** A built-in tool, which can be switched on and off. */
export type SwitchTool = Exclude<AssistantTool['type'], 'function'>;

/** The tools that can be switched on and off. */
export const switchTools: readonly SwitchTool[] = ['code_interpreter', 'file_search'];

/** The display name of a tool. */
export function toolWords(tool: AssistantTool): string {
  switch (tool.type) {
    case 'code_interpreter':
      return vscode.l10n.t('Code Interpreter');
    case 'file_search':
      return vscode.l10n.t('File Search');
    case 'function':
      return tool.function.name;
  }
}

/**
 * An assistant's tools with exactly the given built-in ones; the settings of tools it had, and its
 * functions, are kept.
 */
export function withSwitches(assistant: Assistant, on: readonly SwitchTool[]): AssistantTool[] {
  const others = assistant.tools.filter(({ type }) => !switchTools.some((name) => name === type));
  const wanted = on.map((type) => assistant.tools.find((tool) => tool.type === type) ?? { type });
  return [...wanted, ...others];
}
