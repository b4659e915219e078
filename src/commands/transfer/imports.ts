import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../../client/errors/errors';
import { withProgress, type Progress } from '../../client/errors/notices';
import type { Services } from '../../client/services';
import { loadTransfer, type ImportReader, type ImportReport } from '../../client/transfer';
import type { Reports } from '../../documents/reports';
import { command } from '../command';
import { abortSignal, askForSource } from './places';
import { importReportText, importSummary } from './reportText';

/** What an import needs from the window. */
export interface ImportParts {
  services: Services;
  reports: Reports;
}

/** The command that imports from a file or folder. */
export function importCommands(parts: ImportParts) {
  return [
    command('importData', { path: z.string() }, async ({ path: given }) => {
      const title = vscode.l10n.t('Import');
      const path =
        given ??
        (await askForSource(title, { [vscode.l10n.t('Exports')]: ['zip', 'json', 'jsonl', 'ndjson'] }));
      const { openArchive, readArchive } = await loadTransfer();
      const report = await withProgress(
        { title: vscode.l10n.t('Importing…'), cancellable: true },
        async (progress, token) => {
          const signal = abortSignal(token);
          const archive = await openArchive(path);
          try {
            return await runImport(parts, await readArchive(archive, signal), { progress, signal });
          } catch (error) {
            if (signal.aborted) throw new vscode.CancellationError();
            throw error;
          } finally {
            await archive.close();
          }
        },
      );
      if (given === undefined) await showReport(parts, report, path);
      return report;
    }),
  ];
}

/** Writes what a reader finds to the active service, and lets the views read it. */
export async function runImport(
  { services }: ImportParts,
  reader: ImportReader,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<ImportReport> {
  try {
    const transfer = await loadTransfer();
    return await transfer.runImport({
      client: services.client,
      reader,
      signal,
      onProgress: ({ done, total }) =>
        progress.report({
          message:
            total === undefined ? String(done) : vscode.l10n.t('{0} of {1}', done, Math.max(done, total)),
        }),
    });
  } catch (error) {
    // The class is another bundle's.
    if (!(error instanceof Error) || error.name !== 'ImportUnsupportedError') throw error;
    throw new UserError(
      vscode.l10n.t(
        'The service “{0}” does not offer to import objects. Switch to the assistants of this window and import again.',
        services.service.server?.label ?? '',
      ),
    );
  } finally {
    for (const resource of ['assistants', 'files', 'vectorStores', 'threads'] as const)
      services.changes.report({ resource });
  }
}

export async function showReport(
  { services, reports }: ImportParts,
  report: ImportReport,
  from: string,
): Promise<void> {
  await reports.show(vscode.l10n.t('Import Report'), importReportText(report, from));
  vscode.window.setStatusBarMessage(importSummary(report), 8000);
  if (report.error !== undefined) services.reporter.notify(new UserError(report.error));
}
