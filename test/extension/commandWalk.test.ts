import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { CommandId } from '../../src/client/commands';
import { ask, client, command, createTutor, extensionFolder, newThread } from './support';

interface Manifest {
  contributes: {
    commands: { command: string; title: string; category?: string }[];
    menus: { commandPalette: { command: string; when: string }[] };
  };
}

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(path.join(extensionFolder(), name), 'utf8')) as T;

/** What the user saw of a command: questions (all are cancelled), messages, or nothing but its effect. */
interface Seen {
  asked: string[];
  said: string[];
}

/** Runs a command as the palette does, and cancels each question as soon as it can be answered. */
async function runAndCancel(id: CommandId): Promise<Seen> {
  const seen: Seen = { asked: [], said: [] };
  const { window } = vscode;
  const names = [
    'createQuickPick',
    'createInputBox',
    'showOpenDialog',
    'showSaveDialog',
    'showErrorMessage',
    'showWarningMessage',
    'showInformationMessage',
  ] as const;
  const originals = Object.fromEntries(names.map((name) => [name, window[name]]));
  const cancelled =
    (kind: keyof Seen) =>
    (message: unknown): Promise<undefined> => {
      seen[kind].push(typeof message === 'string' ? message : 'a dialog');
      return Promise.resolve(undefined);
    };
  const hiding = <T extends vscode.QuickInput & { items?: readonly unknown[] }>(input: T): T => {
    const show = input.show.bind(input);
    const hideOnceListed = async (): Promise<void> => {
      // A list that cannot be read closes itself, and the reason is shown.
      for (let tries = 0; input.busy && tries < 200; tries++) await delay(10);
      if (input.busy) return;
      seen.asked.push(input.title ?? '');
      input.hide();
    };
    return Object.assign(input, {
      show: () => {
        show();
        void hideOnceListed();
      },
    });
  };
  Object.assign(window, {
    createQuickPick: () => hiding((originals['createQuickPick'] as typeof window.createQuickPick)()),
    createInputBox: () => hiding((originals['createInputBox'] as typeof window.createInputBox)()),
    showOpenDialog: cancelled('asked'),
    showSaveDialog: cancelled('asked'),
    showErrorMessage: cancelled('said'),
    showInformationMessage: cancelled('said'),
    // Modal ones ask for confirmation.
    showWarningMessage: (message: string, options?: { modal?: boolean }) =>
      cancelled(options?.modal ? 'asked' : 'said')(message),
  });
  try {
    await command(id);
  } finally {
    Object.assign(window, originals);
  }
  return seen;
}

/** Texts that tell a developer something, and no user. */
const technical =
  /Something went wrong|is not a function|Cannot read|undefined|\[object|\bZod|^\d{3}\b|ENOENT/;

/** Those that leave something behind come last, so that the others meet an empty window. */
const leavesSomething = /^(newThread|createSample|startServer|moveChat|getStarted)/;

/** Commands of the thread that is shown, and of a tree's rows: they ask only where there is none. */
const asksForThreadAlone = /^(retryRun|branchThread|showThreadMarkdown|(un)?(pin|archive)Thread)$/;

describe('every command of the palette', () => {
  const { commands, menus } = read<Manifest>('package.json').contributes;
  const hidden = new Set(
    menus.commandPalette.filter(({ when }) => when === 'false').map(({ command: id }) => id),
  );
  const ids = commands
    .map(({ command: id }) => id)
    .filter((id) => !hidden.has(id))
    .map((id) => id.slice('assistantsStudio.'.length) as CommandId);
  const titles = read<Record<string, string>>('package.nls.json');
  const titleOf = (id: CommandId): string => titles[`command.${id}`] ?? '';

  // One of them opens the view of connections, which tests those of later tests as long as it is open.
  after(() => vscode.commands.executeCommand('assistantsStudio.connections.removeView'));

  async function walk(): Promise<Map<CommandId, Seen>> {
    const seen = new Map<CommandId, Seen>();
    const last = ids.filter((id) => leavesSomething.test(id));
    for (const id of [...ids.filter((one) => !last.includes(one)), ...last]) {
      seen.set(id, await runAndCancel(id));
    }
    await command('stopServer');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    return seen;
  }

  /** The commands that should, or should not, end with “…”, by what was seen of them. */
  function wronglyNamed(all: Map<CommandId, Seen>): string[] {
    return [...all].flatMap(([id, { asked, said }]) => {
      const hasDots = titleOf(id).endsWith('…');
      if (asked.length > 0 && !hasDots && !asksForThreadAlone.test(id))
        return [`${titleOf(id)} asks “${asked[0]}”`];
      return asked.length === 0 && said.length === 0 && hasDots ? [`${titleOf(id)} asks nothing`] : [];
    });
  }

  function explainsItself(all: Map<CommandId, Seen>): void {
    const unclear = [...all].flatMap(([id, { said }]) =>
      said.filter((text) => technical.test(text)).map((text) => `${id}: ${text}`),
    );
    deepEqual(unclear, []);
  }

  it('has a title in both languages, and the category', () => {
    const chinese = read<Record<string, string>>('package.nls.zh-cn.json');
    for (const { command: id, title, category } of commands) {
      const key = title.slice(1, -1);
      ok(titles[key] && chinese[key], id);
      equal(titles[key].endsWith('…'), chinese[key].endsWith('…'), id);
      equal(category, '%category%', id);
    }
  });

  it('works or explains itself where there is nothing yet, and has “…” where it asks', async () => {
    await command('deleteAllData', { confirm: false });
    const seen = await walk();
    explainsItself(seen);
    deepEqual(wronglyNamed(seen), []);
  });

  it('works with a thread open, and has “…” where it asks', async () => {
    const tutor = await createTutor();
    const { id } = await newThread('Walked through');
    await ask(id, tutor.id, 'Write and run code that lists the first 20 Fibonacci numbers.');
    const seen = await walk();
    explainsItself(seen);
    deepEqual(wronglyNamed(seen), []);
  });

  it('duplicates an assistant with all that it has', async () => {
    const { beta } = await client();
    const store = await (await client()).vectorStores.create({ name: 'Shared' });
    const original = await beta.assistants.create({
      name: 'Original',
      description: 'Of which there are two',
      instructions: 'Be brief.',
      model: 'demo/tutor',
      tools: [{ type: 'file_search' }, { type: 'function', function: { name: 'look' } }],
      tool_resources: { file_search: { vector_store_ids: [store.id] } },
      metadata: { team: 'blue' },
      temperature: 0.5,
      top_p: 0.9,
      response_format: { type: 'json_object' },
    });
    const duplicate = () => command<typeof original>('menu.duplicateAssistant', { assistantId: original.id });
    const first = await duplicate();
    equal(first.name, 'Original copy');
    equal((await duplicate()).name, 'Original copy 2');
    const without = ({ id: _id, created_at: _at, name: _name, ...rest }: typeof original) => rest;
    deepEqual(without(first), without(original));
  });
});
