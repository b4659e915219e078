import * as vscode from 'vscode';
import { offersModels, type Connection } from '../../client/models/connections';
import type { Services } from '../../client/services';
import { assistantName } from '../../client/objects/titles';

/** Names that a dialog shows at most. */
const maxNames = 8;

/** The names of the assistants whose models belong to a connection. */
export async function assistantsOf(
  { assistants, connections, service }: Services,
  connection: Connection,
): Promise<string[]> {
  // The models of a server's assistants belong to that server.
  if (service.server || !offersModels(connection)) return [];
  const all = await assistants.all();
  return all.filter(({ model }) => connections.ofModel(model)?.id === connection.id).map(assistantName);
}

/** What the removal of a connection means for the assistants that use it. */
export function removalDetail(names: readonly string[]): string {
  const key = vscode.l10n.t(
    'Its API key will be deleted, too. Assistants that use its models are not deleted.',
  );
  if (names.length === 0) return key;
  const more = names.length - maxNames;
  const shown = names.slice(0, maxNames).map((name) => `“${name}”`);
  const list = more > 0 ? vscode.l10n.t('{0} and {1} more', shown.join(', '), more) : shown.join(', ');
  return [key, vscode.l10n.t('Until they get another model, these will not answer: {0}.', list)].join('\n\n');
}
