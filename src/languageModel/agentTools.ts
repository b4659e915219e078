import * as vscode from 'vscode';
import type { ToolId } from '../agentTools/inputs';
import type { Fetch } from '../client/client';
import type { Services } from '../client/services';
import { confirmationOf, progressOf } from './confirmations';

/** What the tools work with. */
export interface AgentToolParts {
  services: Services;
  /** This window's engine, which runs Python whichever service is active. */
  engine: Fetch;
}

const prefix = 'assistantsStudio_';
const ids: readonly ToolId[] = ['runPython', 'searchFiles', 'askAssistant'];

/** Registers the tools that VS Code's chat and agents can use. Their code is loaded when one of them is called. */
export function registerAgentTools(parts: AgentToolParts): vscode.Disposable {
  const register = (id: ToolId): vscode.Disposable =>
    vscode.lm.registerTool<unknown>(prefix + id, {
      prepareInvocation: ({ input }) => ({
        invocationMessage: progressOf(id, input),
        confirmationMessages: confirmationOf(id, input),
      }),
      invoke: async (options, token) => (await import('./callTool')).callTool(parts, id, options, token),
    });
  return vscode.Disposable.from(...ids.map(register));
}
