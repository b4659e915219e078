import { deepEqual, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { parse } from 'jsonc-parser';
import type manifest from '../../package.json';
import { extensionFolder } from './support';

interface Keybinding {
  key: string;
  command: string;
}

/** The shortcuts that come with VS Code itself. */
async function defaultShortcuts(): Promise<Keybinding[]> {
  const uri = vscode.Uri.parse('vscode://defaultsettings/keybindings.json');
  const document = await vscode.workspace.openTextDocument(uri);
  return parse(document.getText()) as Keybinding[];
}

describe('the keyboard shortcuts', () => {
  const { contributes } = JSON.parse(
    readFileSync(path.join(extensionFolder(), 'package.json'), 'utf8'),
  ) as typeof manifest;
  const shortcuts = contributes.keybindings.flatMap(({ key, mac }) => [key, mac]);

  it('type no letter on any keyboard layout', () => {
    // AltGr is Ctrl+Alt on Windows, and Alt types letters on a Mac; function keys type none.
    const typing = shortcuts.filter((key) => /(ctrl\+alt|alt\+ctrl|\balt)\+(?!(shift\+)?f\d+$)/.test(key));
    deepEqual(typing, []);
  });

  it('are none that VS Code has already, nor the beginning of one', async () => {
    const defaults = (await defaultShortcuts()).filter(
      ({ command }) => !command.startsWith('assistantsStudio.'),
    );
    ok(defaults.length > 500, `${defaults.length} shortcuts`);
    const isTaken = (key: string) =>
      defaults.some((other) => other.key === key || other.key.startsWith(`${key} `));
    // In an editor of this extension's own documents, and in its views, its shortcuts come first.
    const own = ['resourceScheme == assistants', 'focusedView == assistantsStudio.'];
    const everywhere = contributes.keybindings.filter(
      ({ when }) => !own.some((place) => when.includes(place)),
    );
    deepEqual(everywhere.map(({ key }) => key).filter(isTaken), []);
  });
});
