import * as vscode from 'vscode';
import { runCommand, type CommandId } from '../../client/commands';
import { UserError } from '../../client/errors';
import { placeOf } from '../../client/files/passages';
import type { Services } from '../../client/services';
import type { ChatCommand, ChatMessage } from '../../protocol/chat';
import type { ChatSelection } from './chatState';
import { readPassages } from './passageReader';

/** What a chat asks VS Code for, that does not change the chat itself. */
export type ChatAction = Extract<
  ChatMessage,
  {
    type:
      | 'copy'
      | 'insertCode'
      | 'openCode'
      | 'openLink'
      | 'showMessageJson'
      | 'viewStepInput'
      | 'viewStepOutput'
      | 'openCitation'
      | 'turnOnFileSearch'
      | 'openPassage'
      | 'openFile'
      | 'saveFile'
      | 'command';
  }
>;

/** Does what a button or a link inside the chat asks for. */
export async function performChatAction(
  action: ChatAction,
  selection: ChatSelection,
  services: Services,
): Promise<void> {
  switch (action.type) {
    case 'copy':
      return vscode.env.clipboard.writeText(action.text);
    case 'insertCode':
      return insertCode(action.code);
    case 'openCode':
      return openCode(action.code, action.language);
    case 'openLink':
      return openLink(action.url);
    case 'showMessageJson':
      return run('showJson', { threadId: selection.threadId, messageId: action.messageId });
    case 'viewStepInput':
    case 'viewStepOutput': {
      const { type, runId, stepId, callId } = action;
      return run(type, { threadId: selection.threadId, runId, stepId, callId });
    }
    case 'turnOnFileSearch':
      return turnOnFileSearch(selection, services);
    case 'openCitation':
      return run('openCitation', {
        threadId: selection.threadId,
        messageId: action.messageId,
        index: action.index,
      });
    case 'openPassage':
      return openPassage(action, selection, services);
    case 'openFile':
      return run('openFile', { fileId: action.fileId });
    case 'saveFile':
      return run('saveFileAs', { fileId: action.fileId });
    case 'command':
      return runChatCommand(action.command, selection, services);
  }
}

async function runChatCommand(
  command: ChatCommand,
  { threadId, assistantId }: ChatSelection,
  { monitor, service }: Services,
): Promise<void> {
  const newest = threadId === undefined ? undefined : monitor.newestRun(threadId);
  switch (command) {
    case 'showThreadJson':
      return run('showJson', { threadId });
    case 'showRunJson':
      return run('showJson', { threadId, runId: newest?.id });
    case 'viewRunSteps':
      return run('viewRunSteps', { threadId, runId: newest?.id });
    case 'editAssistant':
      return run('editAssistant', assistantId === undefined ? undefined : { assistantId });
    case 'setApiKey':
      return run('setApiKey', newest && { connectionId: service.connectionOf(newest.model) });
    case 'chooseModel':
      return run('editAssistant', { assistantId: newest?.assistant_id ?? assistantId, field: 'model' });
    default:
      return run(command);
  }
}

async function run(command: CommandId, args?: Record<string, unknown>): Promise<void> {
  await runCommand(command, args);
}

/** Lets the assistant that is shown search the files it is given. */
async function turnOnFileSearch({ assistantId }: ChatSelection, { client }: Services): Promise<void> {
  if (assistantId === undefined) throw new UserError(vscode.l10n.t('Choose an assistant first.'));
  const { tools } = await client.beta.assistants.retrieve(assistantId);
  if (tools.some(({ type }) => type === 'file_search')) return;
  await client.beta.assistants.update(assistantId, { tools: [...tools, { type: 'file_search' }] });
}

/** Opens a file at a passage that a search has found. */
async function openPassage(
  { index, ...call }: Extract<ChatAction, { type: 'openPassage' }>,
  { threadId = '' }: ChatSelection,
  { client }: Services,
): Promise<void> {
  const passage = (await readPassages(client, { threadId, ...call }))[index];
  if (!passage) throw new UserError(vscode.l10n.t('This passage is not known any more.'));
  await run('openCitation', { fileId: passage.fileId, ...placeOf(passage) });
}

async function insertCode(code: string): Promise<void> {
  // A chat in an editor tab is itself the active editor; then the one beside it is meant.
  const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
  if (!editor) throw new UserError(vscode.l10n.t('Open a file first: the code goes where its cursor is.'));
  const snippet = new vscode.SnippetString().appendText(code);
  await editor.insertSnippet(snippet);
}

/** What models call languages, where VS Code calls them otherwise. */
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

async function openCode(code: string, name: string): Promise<void> {
  const wanted = languageIds[name.toLowerCase()] ?? name.toLowerCase();
  const known = await vscode.languages.getLanguages();
  const language = known.includes(wanted) ? wanted : 'plaintext';
  const document = await vscode.workspace.openTextDocument({ content: code, language });
  await vscode.window.showTextDocument(document);
}

/** Opens what a person would expect a link to open; VS Code asks before it leaves for an unknown site. */
async function openLink(url: string): Promise<void> {
  if (!/^(https?|mailto):/i.test(url)) {
    throw new UserError(vscode.l10n.t('Only web and mail addresses are opened from a chat.'));
  }
  // The string itself: VS Code would decode and encode the parts of a Uri, which changes %2B, %2F and %23.
  await vscode.env.openExternal(url as unknown as vscode.Uri);
}
