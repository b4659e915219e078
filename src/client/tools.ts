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
 * An assistant's tools with the built-in ones that the user switched on or off since `asked`; the settings
 * of tools it has, and its functions, are kept.
 */
export function withChangedSwitches(
  { tools }: Assistant,
  asked: readonly AssistantTool['type'][],
  on: readonly SwitchTool[],
): AssistantTool[] {
  const isOn = (type: SwitchTool): boolean => {
    const isChanged = asked.includes(type) !== on.includes(type);
    return isChanged ? on.includes(type) : tools.some((tool) => tool.type === type);
  };
  const others = tools.filter(({ type }) => !switchTools.some((name) => name === type));
  const wanted = switchTools.filter(isOn).map((type) => tools.find((tool) => tool.type === type) ?? { type });
  return [...wanted, ...others];
}
