import type { Assistant, AssistantTool } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';

/** A tool that an assistant has or has not, with nothing to set. */
export type SwitchTool = Extract<AssistantTool, { type: 'code_interpreter' }>['type'];

/** The tools that can be switched on and off. */
export const switchTools: readonly SwitchTool[] = ['code_interpreter'];

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

/** An assistant's tools with those switched on that are given; all others stay as they are. */
export function withSwitches(assistant: Assistant, on: readonly SwitchTool[]): AssistantTool[] {
  const others = assistant.tools.filter(({ type }) => !switchTools.some((name) => name === type));
  return [...on.map((type) => ({ type })), ...others];
}
