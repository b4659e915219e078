import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../client/errors/errors';
import { showInformation } from '../client/errors/notices';
import { plainText } from '../client/objects/messageText';
import type { Services } from '../client/services';
import { proposalOf, type CodeTarget } from '../documents/code/codeTarget';
import type { LastEditor } from '../documents/code/lastEditor';
import type { Proposals } from '../documents/code/proposals';
import { codeTargets } from '../documents/code/targets';
import { fencedBlocks, type FencedCode } from '../protocol/text/fences';
import type { Chats } from '../views/chat/chats';
import { askChoice, type Choice } from './ask/inputs';
import { command } from './command';

/** Messages that are searched for code. */
const searchedMessages = 20;

/** The parts that the commands for code blocks use. */
export interface CodeParts {
  lastEditor: LastEditor;
  proposals: Proposals;
}

/** Commands for the code blocks of a chat. Without code, they ask for a block of its newest messages. */
export function codeCommands(services: Services, chats: Chats, { lastEditor, proposals }: CodeParts) {
  const codeOf = async (given: Partial<Omit<FencedCode, 'kind'>>, title: string) =>
    given.code === undefined
      ? pickCode(services, chats, title)
      : { language: '', file: '', ...given, code: given.code };

  return [
    command('insertCode', { code: z.string() }, async (given) => {
      const { code } = await codeOf(given, vscode.l10n.t('Insert Code at Cursor'));
      await lastEditor.insert(code);
    }),

    command('applyCode', { code: z.string(), language: z.string(), file: z.string() }, async (given) => {
      const title = vscode.l10n.t('Apply Code to File');
      const { code, file } = await codeOf(given, title);
      const target = await pickTarget(title, file, lastEditor);
      await proposals.show(await proposalOf(target, code));
      offerDecision(target).then(undefined, services.reporter.notify);
      return target.uri.toString();
    }),

    command('openCode', { code: z.string(), language: z.string() }, async (given) => {
      const { code, language } = await codeOf(given, vscode.l10n.t('Open Code in New File'));
      const known = await vscode.languages.getLanguages();
      const wanted = editorLanguage(language);
      const document = await vscode.workspace.openTextDocument({
        content: code,
        language: known.includes(wanted) ? wanted : 'plaintext',
      });
      await vscode.window.showTextDocument(document);
    }),

    command('acceptChanges', {}, async () => (await proposals.accept()).toString()),

    command('discardChanges', {}, () => proposals.discard()),
  ];

  /** Also asks in a notification: the buttons of the diff editor are small. */
  async function offerDecision({ uri }: CodeTarget): Promise<void> {
    const accept = vscode.l10n.t('Accept');
    const discard = vscode.l10n.t('Discard');
    const shown = proposals.newest;
    const name = vscode.workspace.asRelativePath(uri);
    const answer = await showInformation(
      vscode.l10n.t('Apply the changes to {0}? Nothing is written until you accept them.', name),
      accept,
      discard,
    );
    // They may have been accepted or discarded in the editor meanwhile.
    if (answer === undefined || shown === undefined || !proposals.isOpen(shown)) return;
    if (answer === accept) await proposals.accept(shown);
    else await proposals.discard(shown);
  }
}

/** Asks for a code block of the newest messages of a chat's thread. */
async function pickCode({ client }: Services, chats: Chats, title: string): Promise<FencedCode> {
  const { threadId } = chats.current.selection;
  const messages =
    threadId === undefined
      ? []
      : (await client.beta.threads.messages.list(threadId, { limit: searchedMessages })).data;
  const blocks = messages.flatMap((message) =>
    fencedBlocks(plainText(message))
      .filter((block) => block.kind === 'code')
      .filter(({ code }) => code.trim() !== '')
      .toReversed(),
  );
  if (blocks.length === 0)
    throw new UserError(vscode.l10n.t('There is no code in the newest messages of this chat.'));
  const items = blocks.map((block): Choice<FencedCode> => {
    const lines = block.code.split('\n').filter((line) => line.trim() !== '');
    return {
      label: lines[0]?.trim() ?? '',
      description: block.file || block.language,
      detail: lines[1]?.trim(),
      value: block,
    };
  });
  return askChoice({ title, placeholder: vscode.l10n.t('Choose a code block'), items });
}

/** Asks which file the code is for. */
async function pickTarget(title: string, file: string, lastEditor: LastEditor): Promise<CodeTarget> {
  const targets = await codeTargets(file, lastEditor.current);
  const other: Choice<CodeTarget | undefined> = {
    label: `$(folder-opened) ${vscode.l10n.t('Choose Another File…')}`,
    value: undefined,
  };
  const items = [...targets.map(targetChoice), other];
  const chosen = await askChoice<CodeTarget | undefined>({
    title,
    placeholder: vscode.l10n.t('Choose a file. Its changes are shown before anything is written.'),
    items,
  });
  if (chosen) return chosen;
  const [uri] =
    (await vscode.window.showOpenDialog({
      title,
      defaultUri: vscode.workspace.workspaceFolders?.[0]?.uri,
      openLabel: vscode.l10n.t('Show Changes'),
    })) ?? [];
  if (!uri) throw new vscode.CancellationError();
  return { uri };
}

function targetChoice(target: CodeTarget): Choice<CodeTarget | undefined> {
  const { uri, selection, isNew } = target;
  const icon = isNew ? 'new-file' : selection ? 'selection' : 'file';
  return {
    label: `$(${icon}) ${uri.path.split('/').at(-1) ?? ''}`,
    description: placeWords(target),
    detail: vscode.workspace.asRelativePath(uri),
    value: target,
  };
}

function placeWords({ selection, isNew }: CodeTarget): string {
  if (isNew) return vscode.l10n.t('Create the file');
  if (!selection) return vscode.l10n.t('Replace the whole file');
  const { start, end } = selection;
  return vscode.l10n.t('Replace the selection (lines {0}–{1})', start.line + 1, end.line + 1);
}

/** Language ids of VS Code by the names that models use for them. */
const languageIds: Record<string, string> = {
  bash: 'shellscript',
  'c++': 'cpp',
  cs: 'csharp',
  golang: 'go',
  js: 'javascript',
  jsx: 'javascriptreact',
  kt: 'kotlin',
  md: 'markdown',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'shellscript',
  shell: 'shellscript',
  tex: 'latex',
  ts: 'typescript',
  tsx: 'typescriptreact',
  yml: 'yaml',
  zsh: 'shellscript',
};

function editorLanguage(name: string): string {
  return languageIds[name.toLowerCase()] ?? name.toLowerCase();
}
