import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { findFiles, type FoundFiles } from '../../client/files/folderWalk';
import { storeFor, storeName, type KnowledgeStore, type KnowledgeTarget } from '../../client/files/knowledge';
import { showInformation, showWarning, withProgress, type Progress } from '../../client/errors/notices';
import type { Services } from '../../client/services';
import { maxStoreFiles, uploadFiles, type Attributes, type UploadResult } from '../../client/files/uploads';
import { UserError } from '../../client/errors/errors';

/** Milliseconds between two polls of files that are being read. */
const pollInterval = 300;
/** Failed files that are listed at most. */
const maxNamed = 1_000;

/** The result of an upload, for the user and the caller. */
export interface UploadSummary extends UploadResult {
  /** The store that the files were added to, if any. */
  vectorStoreId: string | undefined;
  /** Number of files beyond the store's limit. */
  leftOut: number;
}

/** What to upload, and where to. */
export interface UploadRequest {
  uris: readonly vscode.Uri[];
  target: KnowledgeTarget;
  attributes?: Attributes;
}

/**
 * Finds and uploads files and waits until they are read, with cancellable progress. Cancelling keeps
 * what is uploaded already. Resolves with a summary, which is also shown to the user.
 */
export async function uploadWithProgress(
  { client, reporter }: Services,
  request: UploadRequest,
): Promise<UploadSummary> {
  const title = vscode.l10n.t('Adding files');
  const { store, summary } = await withProgress({ title, cancellable: true }, async (progress, token) => {
    const ending = new AbortController();
    token.onCancellationRequested(() => ending.abort(new vscode.CancellationError()));
    progress.report({ message: vscode.l10n.t('finding files…') });
    const found = await findFiles(request.uris, ending.signal);
    if (found.files.length === 0) throw new UserError(nothingFound(found));
    const made = await storeFor(client, request.target);
    const done = await uploadAll(client, found, made, request, ending.signal, progress);
    if (made) await waitUntilRead(client, made.id, done, ending.signal, progress);
    return { store: made, summary: done };
  });
  showSummary(summary, store).catch(reporter.log);
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

function nothingFound({ unreadable: [first] }: FoundFiles): string {
  return first ? `${first.name}: ${first.reason}` : vscode.l10n.t('No files to add were found.');
}

/** Waits until the files are read, and adds those that failed to the summary. Cancelling ends only the waiting. */
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
    progress.report({ message: vscode.l10n.t('reading files, {0} remaining', counts.in_progress) });
    await new Promise((resolve) => setTimeout(resolve, pollInterval));
  }
  const query = { filter: 'failed', limit: 100 } as const;
  for await (const { id, last_error } of client.vectorStores.files.list(storeId, query)) {
    const name = paths.get(id);
    if (name !== undefined) summary.failed.push({ name, reason: last_error?.message ?? '' });
  }
}

async function showSummary(summary: UploadSummary, store: KnowledgeStore | undefined): Promise<void> {
  const words = summaryWords(summary, store);
  if (summary.failed.length === 0) {
    await showInformation(words);
    return;
  }
  const details = vscode.l10n.t('Show Details');
  if ((await showWarning(words, details)) === details) await showFailures(summary);
}

/** The summary in sentences. */
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
      : vscode.l10n.t('Files added to “{0}”: {1}.', place, count),
    binary > 0 && vscode.l10n.t('Skipped because they contain no text: {0}.', binary),
    empty > 0 && vscode.l10n.t('Skipped because they are empty: {0}.', empty),
    leftOut > 0 &&
      vscode.l10n.t('Skipped because a vector store can contain 10,000 files at most: {0}.', leftOut),
    failed.length > 0 && vscode.l10n.t('Failed: {0}.', failed.length),
  ]
    .filter(Boolean)
    .join(' ');
}

async function showFailures({ failed }: UploadSummary): Promise<void> {
  const items = failed.slice(0, maxNamed).map(({ name, reason }) => ({ label: name, detail: reason }));
  await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Failed Files'),
    matchOnDetail: true,
  });
}
