import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { findFiles, type FoundFiles } from '../../client/files/folderWalk';
import { storeFor, storeName, type KnowledgeStore, type KnowledgeTarget } from '../../client/files/knowledge';
import { showInformation, showWarning, withProgress, type Progress } from '../../client/notices';
import type { Services } from '../../client/services';
import { maxStoreFiles, uploadFiles, type Attributes, type UploadResult } from '../../client/files/uploads';
import { UserError } from '../../client/errors';

/** Milliseconds between two looks at files that are being read. */
const lookInterval = 300;
/** Failed files that are named at most. */
const maxNamed = 1_000;

/** What became of an upload that somebody asked for. */
export interface UploadSummary extends UploadResult {
  /** The store they were put into, if any. */
  vectorStoreId: string | undefined;
  /** Files that the store has no room for. */
  leftOut: number;
}

/** What an upload is asked for with. */
export interface UploadRequest {
  uris: readonly vscode.Uri[];
  target: KnowledgeTarget;
  attributes?: Attributes;
}

/**
 * Finds, uploads and reads files, with progress that can be cancelled. What was done before stays, and
 * is said in the end, together with all that failed.
 */
export async function uploadWithProgress(
  { client, reporter }: Services,
  request: UploadRequest,
): Promise<UploadSummary> {
  const title = vscode.l10n.t('Adding files');
  const { store, summary } = await withProgress({ title, cancellable: true }, async (progress, token) => {
    const ending = new AbortController();
    token.onCancellationRequested(() => ending.abort(new vscode.CancellationError()));
    progress.report({ message: vscode.l10n.t('looking for files…') });
    const found = await findFiles(request.uris, ending.signal);
    if (found.files.length === 0) throw new UserError(whyNone(found));
    const made = await storeFor(client, request.target);
    const done = await uploadAll(client, found, made, request, ending.signal, progress);
    if (made) await waitUntilRead(client, made.id, done, ending.signal, progress);
    return { store: made, summary: done };
  });
  tell(summary, store).catch(reporter.log);
  return summary;
}

async function uploadAll(
  client: OpenAI,
  { files: found, unreadable }: FoundFiles,
  store: KnowledgeStore | undefined,
  { attributes }: UploadRequest,
  signal: AbortSignal,
  progress: Progress,
): Promise<UploadSummary> {
  const room = store ? Math.max(0, maxStoreFiles - store.file_counts.total) : found.length;
  const result = await uploadFiles(client, found.slice(0, room), {
    vectorStoreId: store?.id,
    attributes,
    signal,
    onProgress: ({ done, total, name }) =>
      progress.report({
        message: vscode.l10n.t('{0} of {1}: {2}', done + 1, total, name),
        increment: 100 / total,
      }),
  });
  const failed = [...unreadable, ...result.failed];
  return { ...result, failed, vectorStoreId: store?.id, leftOut: Math.max(0, found.length - room) };
}

function whyNone({ unreadable: [first] }: FoundFiles): string {
  return first ? `${first.name}: ${first.reason}` : vscode.l10n.t('There are no files in it to add.');
}

/** Waits until the files are read, and learns which cannot be. Whoever cancels waits no longer; reading goes on. */
async function waitUntilRead(
  client: OpenAI,
  storeId: string,
  summary: UploadSummary,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  const paths = new Map(summary.files.map(({ fileId, path }) => [fileId, path]));
  while (!signal.aborted) {
    const { file_counts: counts } = await client.vectorStores.retrieve(storeId);
    if (counts.in_progress === 0) break;
    progress.report({ message: vscode.l10n.t('reading, {0} to go', counts.in_progress) });
    await new Promise((resolve) => setTimeout(resolve, lookInterval));
  }
  const query = { filter: 'failed', limit: 100 } as const;
  for await (const { id, last_error } of client.vectorStores.files.list(storeId, query)) {
    const name = paths.get(id);
    if (name !== undefined) summary.failed.push({ name, reason: last_error?.message ?? '' });
  }
}

async function tell(summary: UploadSummary, store: KnowledgeStore | undefined): Promise<void> {
  const words = summaryWords(summary, store);
  if (summary.failed.length === 0) {
    await showInformation(words);
    return;
  }
  const details = vscode.l10n.t('Show Details');
  if ((await showWarning(words, details)) === details) await showFailures(summary);
}

/** What was done, and what was not, in whole sentences. */
function summaryWords(summary: UploadSummary, store: KnowledgeStore | undefined): string {
  const { files, skipped, failed, cancelled, leftOut } = summary;
  const count = files.length;
  const binary = skipped.filter(({ reason }) => reason === 'binary').length;
  const empty = skipped.length - binary;
  const place = store && storeName(store);
  return [
    cancelled && vscode.l10n.t('Cancelled.'),
    place === undefined
      ? vscode.l10n.t('Files uploaded: {0}.', count)
      : vscode.l10n.t('Files added to «{0}»: {1}.', place, count),
    binary > 0 && vscode.l10n.t('Left out, as they hold no text: {0}.', binary),
    empty > 0 && vscode.l10n.t('Left out, as they are empty: {0}.', empty),
    leftOut > 0 && vscode.l10n.t('Left out, as a store takes 10,000 files: {0}.', leftOut),
    failed.length > 0 && vscode.l10n.t('Failed: {0}.', failed.length),
  ]
    .filter(Boolean)
    .join(' ');
}

async function showFailures({ failed }: UploadSummary): Promise<void> {
  const items = failed.slice(0, maxNamed).map(({ name, reason }) => ({ label: name, detail: reason }));
  await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Files That Failed'),
    matchOnDetail: true,
  });
}
