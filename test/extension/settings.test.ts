import { deepEqual, equal } from 'node:assert/strict';
import * as vscode from 'vscode';
import { runCommand } from '../../src/client/commands';
import { onDidChangeSetting, readSetting, writeSetting, type SettingId } from '../../src/client/settings';
import { command } from '../../src/commands/command';

/** Writes a value as a user does in settings.json, where anything can stand. */
const write = (id: SettingId, value: unknown) =>
  vscode.workspace.getConfiguration('assistantsStudio').update(id, value, vscode.ConfigurationTarget.Global);

describe('the settings', () => {
  const changed: SettingId[] = [
    'functions.timeLimit',
    'server.port',
    'fileSearch',
    'connections',
    'embeddings',
    'modelPrices',
  ];

  afterEach(async () => {
    for (const id of changed) await write(id, undefined);
  });

  it('have the defaults of package.json', () => {
    deepEqual(
      [readSetting('functions.timeLimit'), readSetting('fileSearch'), readSetting('connections')],
      [60, 'local', []],
    );
  });

  it('are read as they were written', async () => {
    await write('functions.timeLimit', 5.5);
    await write('server.port', 8080);
    await write('fileSearch', 'hosted');
    await writeSetting('embeddings', 'ollama/embed');
    deepEqual(
      [
        readSetting('functions.timeLimit'),
        readSetting('server.port'),
        readSetting('fileSearch'),
        readSetting('embeddings'),
      ],
      [5.5, 8080, 'hosted', 'ollama/embed'],
    );
  });

  it('have their default in place of a value that they do not allow', async () => {
    await write('functions.timeLimit', 'soon');
    await write('server.port', 80.5);
    await write('fileSearch', 'elsewhere');
    await write('connections', 'ollama');
    await write('modelPrices', null);
    deepEqual(readSetting('modelPrices'), {});
    deepEqual(
      [
        readSetting('functions.timeLimit'),
        readSetting('server.port'),
        readSetting('fileSearch'),
        readSetting('connections'),
      ],
      [60, 0, 'local', []],
    );
    await write('functions.timeLimit', 0);
    equal(readSetting('functions.timeLimit'), 60);
  });

  it('have their maximum in place of a number above it', async () => {
    await write('functions.timeLimit', 1_000_000);
    equal(readSetting('functions.timeLimit'), 86_400);
  });

  it('report their own changes alone', async () => {
    let changes = 0;
    const subscription = onDidChangeSetting('embeddings', () => (changes += 1));
    try {
      await write('server.port', 8080);
      await write('embeddings', 'ollama/embed');
      equal(changes, 1);
    } finally {
      subscription.dispose();
    }
  });
});

/** Never runs: it compiles only while the compiler refuses ids that package.json does not have. */
export function unknownIds(): void {
  // @ts-expect-error There is no such command to run.
  void runCommand('noSuchCommand');
  // @ts-expect-error There is no such command to register.
  command('noSuchCommand', {}, () => undefined);
  // @ts-expect-error There is no such setting.
  readSetting('noSuchSetting');
  // @ts-expect-error It is no option of this setting.
  void writeSetting('fileSearch', 'elsewhere');
}
