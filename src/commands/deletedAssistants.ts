import type { Assistant, AssistantDeleted } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { UserError } from '../client/errors/errors';
import { showInformation } from '../client/errors/notices';
import { assistantName } from '../client/objects/titles';
import type { Services } from '../client/services';

/** The answer of `POST /v1/imports`, as far as it is read here. */
interface Imported {
  results: { id: string }[];
  problems: { reason: string }[];
}

/** Deletes an assistant. `offerUndo`: where the service takes it back, a notice offers that. */
export async function deleteAssistant(
  services: Services,
  assistant: Assistant,
  { offerUndo }: { offerUndo: boolean },
): Promise<AssistantDeleted> {
  const deleted = await services.client.beta.assistants.delete(assistant.id);
  // Other services than this window's engine may not take objects with their ids.
  if (offerUndo && !services.service.server) askForUndo(services, assistant).catch(services.reporter.notify);
  return deleted;
}

async function askForUndo({ client, changes }: Services, assistant: Assistant): Promise<void> {
  const undo = vscode.l10n.t('Undo');
  const words = vscode.l10n.t('The assistant “{0}” was deleted.', assistantName(assistant));
  if ((await showInformation(words, undo)) !== undo) return;
  const { results, problems } = await client.post<Imported>('/imports', {
    query: { source: 'undo' },
    body: `${JSON.stringify(assistant)}\n`,
    headers: { 'content-type': 'application/x-ndjson' },
  });
  if (results.length === 0)
    throw new UserError(problems[0]?.reason ?? vscode.l10n.t('The assistant was not restored.'));
  changes.report({ resource: 'assistants', id: assistant.id });
}
