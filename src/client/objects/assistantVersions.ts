import type OpenAI from 'openai';
import { APIError } from 'openai/core/error';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import type { AssistantVersion } from '../../engine/store/versions/versionTable';
import { isUnsupported, UserError } from '../errors/errors';

export type { AssistantVersion } from '../../engine/store/versions/versionTable';

/** A version that a restoration made; `problems`: what it lacks, or why it may not work. */
export type RestoredVersion = AssistantVersion & { problems?: { param: string; message: string }[] };

/** A run, and the number of its assistant's version where the service says. */
export type VersionedRun = Run & { assistant_version?: number | null };

/** All versions of an assistant that exists, newest first: an addition of our engine. */
export async function listVersions(client: OpenAI, assistantId: string): Promise<AssistantVersion[]> {
  try {
    const path = `/assistants/${assistantId}/versions`;
    const page = await client.get<{ data: AssistantVersion[] }>(path, { query: { limit: 100 } });
    return page.data;
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    throw new UserError(vscode.l10n.t('The current service does not keep versions of assistants.'), {
      cause: error,
    });
  }
}

export function readVersion(client: OpenAI, assistantId: string, version: string): Promise<AssistantVersion> {
  return client.get(`/assistants/${assistantId}/versions/${encodeURIComponent(version)}`);
}

/** Restores a version. Rejects, see `isMissingError`, if something of it does not exist any more. */
export function restoreVersion(
  client: OpenAI,
  assistantId: string,
  version: number,
  options: { withoutMissing?: boolean } = {},
): Promise<RestoredVersion> {
  const body = options.withoutMissing ? { without_missing: true } : {};
  return client.post(`/assistants/${assistantId}/versions/${version}/restore`, { body });
}

/** Whether a version could not be restored because a file, a vector store or a tool of it does not exist any more. */
export function isMissingError(error: unknown): boolean {
  return error instanceof APIError && error.code === 'missing_resources';
}

/** A run with the version of its assistant, if the service knows it. */
export async function readVersionedRun(
  client: OpenAI,
  threadId: string,
  runId: string,
): Promise<VersionedRun> {
  const path = `/threads/${threadId}/runs/${runId}`;
  try {
    return await client.get<VersionedRun>(path, { query: { include: ['assistant_version'] } });
  } catch (error) {
    // Another service may reject what it does not know.
    if (!(error instanceof APIError && [400, 422].includes(Number(error.status)))) throw error;
    return client.beta.threads.runs.retrieve(runId, { thread_id: threadId });
  }
}

/** The names of an assistant's fields, for display. */
export function fieldWords(field: string): string {
  switch (field) {
    case 'name':
      return vscode.l10n.t('Name');
    case 'description':
      return vscode.l10n.t('Description');
    case 'instructions':
      return vscode.l10n.t('Instructions');
    case 'model':
      return vscode.l10n.t('Model');
    case 'reasoning_effort':
      return vscode.l10n.t('Reasoning Effort');
    case 'tools':
      return vscode.l10n.t('Tools');
    case 'tool_resources':
      return vscode.l10n.t('Knowledge');
    case 'temperature':
      return vscode.l10n.t('Temperature');
    case 'response_format':
      return vscode.l10n.t('Response Format');
    case 'metadata':
      return vscode.l10n.t('Metadata');
    default:
      return field;
  }
}

/** What a version changed, for display. */
export function changeWords({ version, changed, restored_from: from }: AssistantVersion): string {
  if (from !== null) return vscode.l10n.t('Restored version {0}', from);
  if (version === 1) return vscode.l10n.t('First version');
  return changed.map(fieldWords).join(', ');
}

/** Who made a version, for display; undefined if it is not known. */
export function authorWords({ by }: AssistantVersion): string | undefined {
  switch (by?.type) {
    case 'vscode':
      return 'VS Code';
    case 'import':
      return vscode.l10n.t('Import');
    case 'program':
      return by.user_agent ?? vscode.l10n.t('A program');
    default:
      return undefined;
  }
}
