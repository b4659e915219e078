import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { CommandId } from '../../src/client/commands';
import type { Reporter } from '../../src/client/errors/reporter';
import type { Command } from '../../src/commands/command';
import { registerCommands } from '../../src/commands/register';
import { catchErrors, client, command, createTutor, extensionFolder, until } from './support';

interface Manifest {
  contributes: { commands: { command: string }[]; menus: Record<string, { command: string }[]> };
}

const manifest = (): Manifest =>
  JSON.parse(readFileSync(path.join(extensionFolder(), 'package.json'), 'utf8')) as Manifest;

describe('the commands', () => {
  it('are all registered, and all have a title', async () => {
    await client();
    const titled = manifest().contributes.commands.map(({ command: id }) => id);
    const registered = (await vscode.commands.getCommands(true)).filter(
      // VS Code adds commands of its own for each view.
      (id) =>
        id.startsWith('assistantsStudio.') &&
        !/^assistantsStudio\.(chat|threads|assistants|files|connections)\./.test(id),
    );
    deepEqual(
      registered
        .filter((id) => !/^assistantsStudio\.(chat|threads|assistants|files|connections)$/.test(id))
        .sort(),
      titled.sort(),
    );
  });

  it('that menus refer to exist', () => {
    const { commands, menus } = manifest().contributes;
    const known = new Set(commands.map(({ command: id }) => id));
    const missing = Object.values(menus)
      .flat()
      .filter(({ command: id }) => !known.has(id));
    deepEqual(missing, []);
  });

  it('refuse wrong arguments, and name them', async () => {
    await rejects(command('renameThread', { threadId: 7 }), /renameThread .*threadId/);
    await rejects(command('sendMessage', { text: 'Hello', assistant: 'asst_1' }), /assistant/);
    await rejects(
      async () => vscode.commands.executeCommand('assistantsStudio.openThread', 'thread_1'),
      /openThread was given wrong arguments/,
    );
  });

  it('pass on the API’s error about a bad field', async () => {
    await rejects(command('createAssistant', { name: 'x'.repeat(257), model: 'demo/tutor' }), /name/);
    await rejects(command('createAssistant', { name: 'No model' }), /model/);
  });

  it('show an error to the user if no code awaits them', async () => {
    const errors = catchErrors();
    try {
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      equal(await command('sendSelection'), undefined);
      deepEqual(
        errors.notices.map(({ message }) => message),
        ['Open a file and select some code first.'],
      );
    } finally {
      errors.release();
    }
  });

  it('change an assistant, and delete it', async () => {
    const { id } = await createTutor('To be changed');
    const changed = await command<Assistant>('editAssistant', { assistantId: id, name: 'Changed' });
    equal(changed.name, 'Changed');
    ok(changed.instructions);
    const effort = (field: string | null) =>
      command<{ reasoning_effort: unknown }>('editAssistant', { assistantId: id, reasoning_effort: field });
    equal((await effort('high')).reasoning_effort, 'high');
    equal((await effort(null)).reasoning_effort, null);
    await command('deleteAssistant', { assistantId: id, confirm: false });
    await rejects(command('selectAssistant', { assistantId: id }), /No assistant found with id/);
  });

  it('bring a deleted assistant back as it was by Undo', async () => {
    const { beta } = await client();
    const tutor = await createTutor('To be deleted');
    const { showWarningMessage, showInformationMessage } = vscode.window;
    Object.assign(vscode.window, {
      showWarningMessage: (_question: string, _options: object, button: string) => Promise.resolve(button),
      showInformationMessage: (_words: string, button: string) => Promise.resolve(button),
    });
    try {
      await command('deleteAssistant', { assistantId: tutor.id });
      deepEqual(
        await until('it is there again', () => beta.assistants.retrieve(tutor.id).catch(() => undefined)),
        tutor,
      );
    } finally {
      Object.assign(vscode.window, { showWarningMessage, showInformationMessage });
      await command('deleteAssistant', { assistantId: tutor.id, confirm: false });
    }
  });

  it('are loaded again if that has failed', async () => {
    const id = 'loadedForTest' as CommandId;
    // Its own would share the log of the extension, and close it at its end.
    const reporter = { log: () => undefined, notify: () => undefined } as unknown as Reporter;
    let loads = 0;
    const load = (): Promise<Command[]> =>
      loads++ === 0
        ? Promise.reject(new Error('Too many open files.'))
        : Promise.resolve([{ id, run: String }]);
    const registration = registerCommands([id], load, reporter);
    try {
      await rejects(command(id, { a: 1 }), /Too many open files/);
      equal(await command(id, { a: 1 }), '[object Object]');
    } finally {
      registration.dispose();
    }
  });

  it('open a chat in an editor tab', async () => {
    await command('openChatInEditor', {});
    await until('a tab shows the chat', () => {
      const { activeTab } = vscode.window.tabGroups.activeTabGroup;
      return activeTab?.input instanceof vscode.TabInputWebview;
    });
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});
