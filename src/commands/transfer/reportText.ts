import * as vscode from 'vscode';
import type { ImportReport, Kind, Problem, ProblemReason } from '../../client/transfer';

/** What an import has done, as Markdown. Names and reasons of others are quoted, on one line each. */
export function importReportText(report: ImportReport, from: string): string {
  const { counts, problems, moreProblems, ignoredFields } = report;
  const rows = kindNames().flatMap(([kind, name]) => {
    const count = counts[kind];
    return count ? [`| ${name} | ${count.created} | ${count.exists} |`] : [];
  });
  const parts = [
    `# ${vscode.l10n.t('Import Report')}`,
    vscode.l10n.t('Imported from {0}.', code(from)),
    ...(report.isCancelled
      ? [
          vscode.l10n.t(
            'The import was cancelled. What is listed here was imported. Import again to continue.',
          ),
        ]
      : []),
    ...(report.error === undefined
      ? []
      : [
          vscode.l10n.t('The import stopped: {0}', code(report.error)),
          vscode.l10n.t('What is listed here was imported. Import again to continue.'),
        ]),
    rows.length > 0
      ? [
          `| | ${vscode.l10n.t('Imported')} | ${vscode.l10n.t('Already There')} |`,
          '| --- | ---: | ---: |',
          ...rows,
        ].join('\n')
      : vscode.l10n.t('Nothing was found to import.'),
    ...(report.threadsAdded > 0
      ? [
          vscode.l10n.t(
            'Threads that were already there and got new messages or runs: {0}',
            report.threadsAdded,
          ),
        ]
      : []),
    ...section(vscode.l10n.t('Not Imported'), problems.map(problemLine)),
    ...(moreProblems > 0 ? [vscode.l10n.t('{0} more are not listed.', moreProblems)] : []),
    ...section(
      vscode.l10n.t('Fields That Were Left Out'),
      ignoredFields.map((name) => `- ${code(name)}`),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** One line about an import, for a message. */
export function importSummary({ counts, problems, moreProblems }: ImportReport): string {
  const created = (kind: Kind): number => counts[kind]?.created ?? 0;
  const taken = vscode.l10n.t(
    'Imported {0} threads, {1} messages, {2} assistants and {3} files.',
    created('thread'),
    created('thread.message'),
    created('assistant'),
    created('file'),
  );
  const failed = problems.length + moreProblems;
  return failed === 0 ? taken : `${taken} ${vscode.l10n.t('{0} objects could not be imported.', failed)}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.join('\n')];
}

export function problemLine({ object, id, threadId, reason }: Problem): string {
  const name = [object, id, threadId]
    .filter((part) => part != null && part !== '')
    .map((part) => code(String(part)));
  return `- ${name.join(' ')}: ${typeof reason === 'string' ? reasonWords(reason) : code(reason.text)}`;
}

/** A text of others, on one line, in which Markdown finds nothing. */
function code(text: string): string {
  const line = text
    .replace(/[\s`]+/g, ' ')
    .trim()
    .slice(0, 300);
  return `\`${line === '' ? '–' : line}\``;
}

function kindNames(): readonly (readonly [Kind, string])[] {
  return [
    ['assistant', vscode.l10n.t('Assistants')],
    ['thread', vscode.l10n.t('Threads')],
    ['thread.message', vscode.l10n.t('Messages')],
    ['thread.run', vscode.l10n.t('Runs')],
    ['file', vscode.l10n.t('Files')],
    ['vector_store', vscode.l10n.t('Vector stores')],
    ['vector_store.file', vscode.l10n.t('Files in vector stores')],
  ];
}

function reasonWords(reason: ProblemReason): string {
  const words: Readonly<Record<ProblemReason, string>> = {
    tooLarge: vscode.l10n.t('It is too large.'),
    tooDeep: vscode.l10n.t('It is nested too deeply.'),
    notJson: vscode.l10n.t('It is not valid JSON.'),
    unknownKind: vscode.l10n.t('It is not a kind of object that is imported.'),
    noThread: vscode.l10n.t('It does not name its thread.'),
    noContent: vscode.l10n.t('The import has no content for this file.'),
    notDownloadable: vscode.l10n.t(
      'The service does not let this file be downloaded. OpenAI refuses that for files with the purpose “assistants”. Upload the original file again.',
    ),
    unsafeName: vscode.l10n.t('Its name leads out of the zip file.'),
    compressedTooFar: vscode.l10n.t('It is compressed so far that it may be harmful.'),
    tooManyBranches: vscode.l10n.t('The conversation has more branches than are imported.'),
    partNotShown: vscode.l10n.t('A part of a message of this kind is not imported.'),
    notOffered: vscode.l10n.t('The service does not offer these objects.'),
    threadsNotListed: vscode.l10n.t(
      'The service does not list its threads. Import again with the IDs of the threads.',
    ),
  };
  return words[reason];
}
