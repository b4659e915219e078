import type { CommandId } from '../client/commands';
import type { Command } from './command';

type VariantId = Extract<CommandId, `menu.${string}`>;

/** One of the variants, as a union by id: so that the compiler knows that all are registered. */
type Variant = { [Id in VariantId]: Command<Id> }[VariantId];

/** The command that a variant is of. */
type Original<Id extends VariantId> = Id extends `menu.${infer Name}` ? Name : never;

/** All variants; the compiler demands that none is missing, and that each is of a command. */
const originals: { [Id in VariantId]: Original<Id> & CommandId } = {
  'menu.copyId': 'copyId',
  'menu.duplicateAssistant': 'duplicateAssistant',
  'menu.editFunctions': 'editFunctions',
  'menu.openCitation': 'openCitation',
  'menu.openFile': 'openFile',
  'menu.openInSystemViewer': 'openInSystemViewer',
  'menu.openThread': 'openThread',
  'menu.rebuildIndex': 'rebuildIndex',
  'menu.removeFile': 'removeFile',
  'menu.selectAssistant': 'selectAssistant',
  'menu.showJson': 'showJson',
  'menu.stopSyncing': 'stopSyncing',
  'menu.testConnection': 'testConnection',
};

/**
 * The commands of context menus that need not ask what they are about: the same under a title without “…”,
 * as VS Code has one title for a command wherever it is shown.
 */
export function menuVariants(commands: readonly Command[]): Variant[] {
  return Object.entries(originals).map(([id, original]) => {
    const { run } = commands.find((command) => command.id === original)!;
    return { id: id as VariantId, run };
  });
}
