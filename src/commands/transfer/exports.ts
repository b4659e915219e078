import { stat } from 'node:fs/promises';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import * as z from 'zod';
import { listThreads } from '../../client/client';
import { UserError } from '../../client/errors/errors';
import { showInformation, showWarning, withProgress } from '../../client/errors/notices';
import { assistantName, formatTime, threadTitle } from '../../client/objects/titles';
import type { Services } from '../../client/services';
import { loadTransfer, type ExportReport, type ExportScope } from '../../client/transfer';
import type { AssistantDocuments } from '../../documents/documents';
import type { Reports } from '../../documents/reports';
import { askChoices } from '../ask/inputs';
import { pickAssistant, pickThread } from '../ask/pickers';
import { command } from '../command';
import { abortSignal, askForTarget, datedName } from './places';
import { problemLine } from './reportText';

/** Threads that the list for several shows. */
const maxListed = 1000;

/** Commands that write threads, assistants or everything to a folder or zip file. */
export function exportCommands(services: Services, documents: AssistantDocuments, reports: Reports) {
  const { client } = services;

  async function write(
    scope: ExportScope,
    title: string,
    name: string,
    given?: string,
  ): Promise<ExportReport> {
    const path = given ?? (await askForTarget(title, name));
    const { exportObjects, FolderTarget, ZipTarget } = await loadTransfer();
    const isZip = path.toLowerCase().endsWith('.zip');
    if (!isZip && (await exists(path))) throw new UserError(vscode.l10n.t('{0} is already there.', path));
    const report = await withProgress(
      { title: vscode.l10n.t('Exporting…'), cancellable: true },
      async (progress, token) => {
        const signal = abortSignal(token);
        try {
          return await exportObjects({
            client,
            target: isZip ? new ZipTarget(path) : new FolderTarget(path),
            scope,
            writtenBy: 'Assistants Studio',
            markdownOf: async (thread, messages) => ({
              title: threadTitle(thread),
              text: await documents.exportedMarkdown(thread, messages),
            }),
            signal,
            onProgress: ({ threads, files }) =>
              progress.report({ message: vscode.l10n.t('{0} threads, {1} files', threads, files) }),
          });
        } catch (error) {
          if (signal.aborted) throw new vscode.CancellationError();
          throw error;
        }
      },
    );
    if (given === undefined) showWritten(report, path).catch(services.reporter.notify);
    return report;
  }

  async function showWritten({ counts, problems }: ExportReport, path: string): Promise<void> {
    const show = vscode.l10n.t('Show in File Manager');
    const text = vscode.l10n.t(
      'Exported {0} threads, {1} assistants and {2} files to {3}.',
      counts.thread,
      counts.assistant,
      counts.file,
      path,
    );
    if (problems.length > 0) {
      const lines = problems.map(problemLine);
      const head = [`# ${vscode.l10n.t('Export Report')}`, text, `## ${vscode.l10n.t('Not Exported')}`];
      await reports.show(vscode.l10n.t('Export Report'), `${[...head, lines.join('\n')].join('\n\n')}\n`);
      await showWarning(text);
      return;
    }
    // Of a remote window, the folder is on another computer.
    const actions = vscode.env.remoteName === undefined ? [show] : [];
    if ((await showInformation(text, ...actions)) === show)
      await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(path));
  }

  async function pickThreads(title: string): Promise<string[]> {
    const threads: Thread[] = [];
    for await (const thread of listThreads(client, { limit: 100 })) {
      threads.push(thread);
      if (threads.length >= maxListed) break;
    }
    if (threads.length === 0) throw new UserError(vscode.l10n.t('There are no threads yet.'));
    const chosen = await askChoices({
      title,
      placeholder: vscode.l10n.t('Choose the threads'),
      items: threads.map((thread) => ({
        label: threadTitle(thread),
        detail: formatTime(thread.created_at),
        value: thread.id,
      })),
    });
    if (chosen.length === 0) throw new vscode.CancellationError();
    return chosen;
  }

  return [
    command('exportThread', { threadId: z.string(), path: z.string() }, async ({ threadId, path }) => {
      const title = vscode.l10n.t('Export Thread');
      const thread = threadId === undefined ? await pickThread(services, title) : undefined;
      const found = thread ?? (await client.beta.threads.retrieve(threadId ?? ''));
      const name = fileNameOf(threadTitle(found));
      return write({ threadIds: [found.id] }, title, name, path);
    }),

    command('exportThreads', { threadIds: z.array(z.string()), path: z.string() }, async (given) => {
      const title = vscode.l10n.t('Export Threads');
      const threadIds = given.threadIds ?? (await pickThreads(title));
      return write({ threadIds }, title, datedName('assistants-threads'), given.path);
    }),

    command(
      'exportAssistant',
      { assistantId: z.string(), path: z.string() },
      async ({ assistantId, path }) => {
        const title = vscode.l10n.t('Export Assistant');
        const assistant =
          assistantId === undefined
            ? await pickAssistant(services, title)
            : await client.beta.assistants.retrieve(assistantId);
        return write({ assistantIds: [assistant.id] }, title, fileNameOf(assistantName(assistant)), path);
      },
    ),

    command('exportEverything', { path: z.string() }, ({ path }) =>
      write('everything', vscode.l10n.t('Export Everything'), datedName('assistants-studio'), path),
    ),
  ];
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** A title as part of a path, on every system. */
function fileNameOf(title: string): string {
  return (
    title
      .replace(/[\p{Cc}\p{Bidi_Control}\\/:*?"<>|.]+/gu, ' ')
      .trim()
      .slice(0, 60) || 'export'
  );
}
