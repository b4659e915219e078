import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import * as z from 'zod';
import { describeError } from '../../client/errors/errors';
import { isAgreedTo, showInformation, showWarning } from '../../client/errors/notices';
import {
  authorWords,
  changeWords,
  isMissingError,
  listVersions,
  restoreVersion,
  type AssistantVersion,
  type RestoredVersion,
} from '../../client/objects/assistantVersions';
import { assistantName, formatTime } from '../../client/objects/titles';
import type { Services } from '../../client/services';
import { targetOf, uriOf } from '../../documents/target';
import { askChoice, confirm } from '../ask/inputs';
import { pickAssistant } from '../ask/pickers';
import { command } from '../command';
import { address } from '../address';

type Action = 'compareBefore' | 'compareCurrent' | 'show' | 'restore';

/** Commands that show, compare and restore the versions of assistants. */
export function versionCommands(services: Services) {
  const { client } = services;

  async function find(assistantId: string | undefined, title: string): Promise<Assistant> {
    if (assistantId === undefined) return pickAssistant(services, title);
    return client.beta.assistants.retrieve(assistantId);
  }

  return [
    command(
      'showAssistantVersions',
      { assistantId: z.string(), version: z.int().min(1) },
      async ({ assistantId, version: given }) => {
        const title = vscode.l10n.t('Show Versions');
        const assistant = await find(assistantId, title);
        const versions = await listVersions(client, assistant.id);
        if (given !== undefined) return compareBefore(assistant, versions, given);
        const position = { title: `${title}: ${assistantName(assistant)}` };
        const version = await pickVersion(position.title, versions);
        const action = await pickAction(position.title, versions, version);
        if (action === 'restore') return restoreAsked(services, assistant, version.version);
        if (action === 'show') await vscode.window.showTextDocument(versionUri(assistant, version.version));
        else if (action === 'compareBefore') await compareBefore(assistant, versions, version.version);
        else await compare(assistant, version.version, versions[0]!.version);
        return version;
      },
    ),

    command(
      'restoreAssistantVersion',
      { assistantId: z.string(), version: z.int().min(1), confirm: z.boolean(), uris: z.array(address) },
      async ({ assistantId, version, confirm: asks = true, uris }) => {
        const shown = shownVersion(uris?.[0]);
        const title = vscode.l10n.t('Restore Version');
        const assistant = await find(assistantId ?? shown?.assistantId, title);
        const number =
          version ??
          shown?.version ??
          (await pickVersion(title, (await listVersions(client, assistant.id)).slice(1))).version;
        return asks
          ? restoreAsked(services, assistant, number)
          : restoreVersion(client, assistant.id, number);
      },
    ),
  ];
}

function pickVersion(title: string, versions: readonly AssistantVersion[]): Promise<AssistantVersion> {
  const newest = versions[0]?.version;
  return askChoice({
    title,
    placeholder:
      versions.length === 0
        ? vscode.l10n.t('There is no earlier version')
        : vscode.l10n.t('Choose a version to compare or to restore'),
    items: versions.map((version) => ({
      label: vscode.l10n.t('Version {0}', version.version),
      description: [
        ...(version.version === newest ? [vscode.l10n.t('current')] : []),
        formatTime(version.created_at),
        ...(authorWords(version) === undefined ? [] : [authorWords(version)]),
      ].join(' · '),
      detail: changeWords(version),
      value: version,
    })),
  });
}

/** What to do with a version. The first is what one wants most, so that Enter does it. */
function pickAction(
  title: string,
  versions: readonly AssistantVersion[],
  { version }: AssistantVersion,
): Promise<Action> {
  const before = versionBefore(versions, version);
  const isCurrent = version === versions[0]?.version;
  return askChoice<Action>({
    title,
    placeholder: vscode.l10n.t('Version {0}', version),
    items: [
      ...(before === undefined
        ? []
        : [
            {
              label: `$(diff) ${vscode.l10n.t('Compare with Version {0}', before)}`,
              description: vscode.l10n.t('the one before'),
              value: 'compareBefore' as const,
            },
          ]),
      ...(isCurrent
        ? []
        : [
            {
              label: `$(diff) ${vscode.l10n.t('Compare with the Current Version')}`,
              value: 'compareCurrent' as const,
            },
          ]),
      { label: `$(go-to-file) ${vscode.l10n.t('Open This Version')}`, value: 'show' },
      ...(isCurrent
        ? []
        : [{ label: `$(discard) ${vscode.l10n.t('Restore This Version…')}`, value: 'restore' as const }]),
    ],
  });
}

/** The number of the version before one; undefined if it is the oldest that is kept. */
function versionBefore(versions: readonly AssistantVersion[], version: number): number | undefined {
  return versions.find((other) => other.version < version)?.version;
}

/** Shows what a version changed; the oldest has nothing to be compared with. */
async function compareBefore(
  assistant: Assistant,
  versions: readonly AssistantVersion[],
  version: number,
): Promise<AssistantVersion | undefined> {
  const before = versionBefore(versions, version);
  if (before === undefined) await vscode.window.showTextDocument(versionUri(assistant, version));
  else await compare(assistant, before, version);
  return versions.find((other) => other.version === version);
}

async function compare(assistant: Assistant, left: number, right: number): Promise<void> {
  const title = vscode.l10n.t('{0}: version {1} ↔ version {2}', assistantName(assistant), left, right);
  await vscode.commands.executeCommand(
    'vscode.diff',
    versionUri(assistant, left),
    versionUri(assistant, right),
    title,
  );
}

function versionUri(assistant: Assistant, version: number): vscode.Uri {
  const name = vscode.l10n.t('{0}, version {1}', assistantName(assistant), version);
  return uriOf({
    kind: 'assistantVersion',
    assistantId: assistant.id,
    version: String(version),
    name: `${name}.yaml`,
  });
}

/** The version in a document, whose title menu ran the command, or of the active editor. */
function shownVersion(
  uri = vscode.window.activeTextEditor?.document.uri,
): { assistantId: string; version: number } | undefined {
  const target = uri && targetOf(uri);
  if (target?.kind !== 'assistantVersion') return undefined;
  return { assistantId: target.assistantId, version: Number(target.version) };
}

/** Restores a version that the user confirms, and offers to undo it. */
async function restoreAsked(
  services: Services,
  assistant: Assistant,
  version: number,
): Promise<RestoredVersion> {
  const { client, reporter } = services;
  const name = assistantName(assistant);
  const [current] = await listVersions(client, assistant.id);
  await confirm(
    vscode.l10n.t('Restore version {0} of “{1}”?', version, name),
    vscode.l10n.t('The current state stays in the list of versions. Conversations are not changed.'),
    vscode.l10n.t('Restore'),
  );
  const restored = await restoreOrAsk(services, assistant, version);
  const undo = vscode.l10n.t('Undo');
  const problems = restored.problems ?? [];
  const message = vscode.l10n.t('Restored version {1} of “{0}”.', name, version);
  const text = [message, ...problems.map((problem) => problem.message)].join(' ');
  // Not awaited: the command is done, and the notification may stay for long.
  (problems.length > 0 ? showWarning(text, undo) : showInformation(text, undo))
    .then(async (chosen) => {
      if (chosen !== undefined && current)
        await restoreVersion(client, assistant.id, current.version, { withoutMissing: true });
    })
    .then(undefined, (error: unknown) => reporter.notify(error));
  return restored;
}

/** Restores a version, without what does not exist any more if the user agrees. */
async function restoreOrAsk(
  { client }: Services,
  assistant: Assistant,
  version: number,
): Promise<RestoredVersion> {
  try {
    return await restoreVersion(client, assistant.id, version);
  } catch (error) {
    if (!isMissingError(error)) throw error;
    const isAgreed = await isAgreedTo(
      vscode.l10n.t('Parts of version {0} no longer exist. Restore the rest?', version),
      describeError(error),
      vscode.l10n.t('Restore the Rest'),
    );
    if (!isAgreed) throw new vscode.CancellationError();
    return restoreVersion(client, assistant.id, version, { withoutMissing: true });
  }
}
