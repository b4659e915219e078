import * as vscode from 'vscode';
import type { HostedSettings } from '../../engine/hosted/hostedTools';

/** Which tools the settings leave to the model's provider. */
export function hostedSettings(): HostedSettings {
  const settings = vscode.workspace.getConfiguration('assistantsStudio');
  return {
    fileSearch: settings.get('fileSearch') === 'hosted',
    codeInterpreter: settings.get('codeInterpreter') === 'hosted',
  };
}
