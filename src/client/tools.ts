import type { Assistant, AssistantTool } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';

/** A tool that an assistant has or has not, with nothing to set. */
export type SwitchTool = Exclude<AssistantTool['type'], 'function'>;

/** The tools that can be switched on and off. */
export const switchTools: readonly SwitchTool[] = ['code_interpreter', 'file_search'];

/** What a tool is called, for people. */
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

/** An assistant's tools with those switched on that are given; what was on and the others stay as they are. */
export function withSwitches(assistant: Assistant, on: readonly SwitchTool[]): AssistantTool[] {
  const others = assistant.tools.filter(({ type }) => !switchTools.some((name) => name === type));
  const wanted = on.map((type) => assistant.tools.find((tool) => tool.type === type) ?? { type });
  return [...wanted, ...others];
}
