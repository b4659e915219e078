import path from 'node:path';
import type { ExtensionContext } from 'vscode';
import type * as Extension from '../extension';
import { CodeCache } from './codeCache';

let code: CodeCache | undefined;
let extension: typeof Extension | undefined;

/** What VS Code loads: it loads the extension itself. */
export function activate(context: ExtensionContext): Extension.AssistantsStudio {
  const cache = path.join(context.globalStorageUri.fsPath, 'compiled-code');
  code = new CodeCache(path.join(__dirname, 'extension'), cache, require);
  extension = code.require('./main.js') as typeof Extension;
  return extension.activate(context);
}

export async function deactivate(): Promise<void> {
  code?.dispose();
  await extension?.deactivate();
}
