import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { UserError } from '../../client/errors/errors';
import { readOnlyError } from './writable';

export const proposalScheme = 'assistants-proposal';

/** A change to a file that the user has not agreed to yet. */
export interface Proposal {
  uri: vscode.Uri;
  /** The file's text when the change was proposed; undefined for a file that does not exist. */
  before: string | undefined;
  after: string;
}

/** Shows proposed changes in a diff editor. Nothing is written until the user accepts them. */
export class Proposals implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly open = new Map<string, Proposal>();
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<void>());
  private count = 0;

  /** Fires when a change is proposed, accepted or discarded. */
  readonly onDidChangeOpen = this.emitter.event;

  constructor() {
    this.disposables.add(
      vscode.workspace.registerTextDocumentContentProvider(proposalScheme, this),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        for (const tab of closed) this.forget(idOfTab(tab) ?? '');
      }),
    );
    // VS Code restores the tabs of an earlier session, whose proposals are gone.
    closeTabs(() => true).then(undefined, () => undefined);
  }

  /** Opens a diff editor with the change, which is then the active one. */
  async show(proposal: Proposal): Promise<void> {
    const id = String(++this.count);
    this.open.set(id, proposal);
    this.emitter.fire();
    const { uri, before } = proposal;
    await vscode.commands.executeCommand(
      'vscode.diff',
      before === undefined ? uriOf(proposal, id, 'before') : uri,
      uriOf(proposal, id, 'after'),
      vscode.l10n.t('{0} (Proposed Changes)', nameOf(uri)),
      { preview: false } satisfies vscode.TextDocumentShowOptions,
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const proposal = this.open.get(idOf(uri) ?? '');
    return (uri.authority === 'before' ? proposal?.before : proposal?.after) ?? '';
  }

  /** The id of the change that was shown last, if it is still open. */
  get newest(): string | undefined {
    return [...this.open.keys()].at(-1);
  }

  isOpen(id: string): boolean {
    return this.open.has(id);
  }

  /** Writes a change, by default that of the active diff editor, else the newest one, and shows the file. */
  async accept(wanted = this.current()): Promise<vscode.Uri> {
    const id = wanted ?? '';
    const proposal = this.open.get(id);
    if (!proposal) throw new UserError(vscode.l10n.t('There are no proposed changes.'));
    const { uri } = proposal;
    await (proposal.before === undefined ? create(proposal) : change(proposal, proposal.before));
    await this.close(id);
    await vscode.window.showTextDocument(uri, { preview: false });
    vscode.window.setStatusBarMessage(vscode.l10n.t('Changed {0}', nameOf(uri)), 3000);
    return uri;
  }

  /** Closes the diff editor of the change, and forgets the change. */
  async discard(id = this.current()): Promise<void> {
    if (id === undefined) throw new UserError(vscode.l10n.t('There are no proposed changes.'));
    await this.close(id);
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private current(): string | undefined {
    const { activeTab } = vscode.window.tabGroups.activeTabGroup;
    const active = activeTab && idOfTab(activeTab);
    return active !== undefined && this.open.has(active) ? active : this.newest;
  }

  private forget(id: string): void {
    if (this.open.delete(id)) this.emitter.fire();
  }

  private async close(id: string): Promise<void> {
    this.forget(id);
    await closeTabs((tab) => tab === id);
  }
}

/** Replaces what differs, so that cursors, folding and undo elsewhere in the file stay. */
async function change({ uri, after }: Proposal, before: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  if (document.getText() !== before) {
    throw new UserError(
      vscode.l10n.t(
        '{0} was changed since. Discard the proposed changes, and apply the code again.',
        nameOf(uri),
      ),
    );
  }
  const wasDirty = document.isDirty;
  const { start, end, text } = differenceOf(before, after);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), text);
  const isChanged = await vscode.workspace.applyEdit(edit);
  if (!isChanged || (document.getText() === before && before !== after)) throw readOnlyError(uri);
  // What was not saved before is the user's to save.
  if (wasDirty || document.isUntitled) return;
  if (!(await document.save())) {
    throw new UserError(vscode.l10n.t('{0} was changed and could not be saved.', nameOf(uri)));
  }
}

async function create({ uri, after }: Proposal): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(uri, { contents: new TextEncoder().encode(after) });
  if (!(await vscode.workspace.applyEdit(edit))) {
    throw new UserError(vscode.l10n.t('{0} could not be created.', nameOf(uri)));
  }
}

/** The part of a text that another one replaces. */
export function differenceOf(before: string, after: string): { start: number; end: number; text: string } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same++;
  // Not between the two characters of a line break, nor of an emoji.
  while (start > 0 && /[\r\ud800-\udbff]/.test(before[start - 1]!)) start--;
  while (same > 0 && /[\n\udc00-\udfff]/.test(before.at(-same)!)) same--;
  return { start, end: before.length - same, text: after.slice(start, after.length - same) };
}

function uriOf({ uri }: Proposal, id: string, side: 'before' | 'after'): vscode.Uri {
  // The path gives the document its language.
  return vscode.Uri.from({ scheme: proposalScheme, authority: side, path: `/${nameOf(uri)}`, query: id });
}

function idOf({ scheme, query }: vscode.Uri): string | undefined {
  return scheme === proposalScheme ? query : undefined;
}

function idOfTab({ input }: vscode.Tab): string | undefined {
  return input instanceof vscode.TabInputTextDiff ? idOf(input.modified) : undefined;
}

async function closeTabs(isMeant: (id: string) => boolean): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const meant = tabs.filter((tab) => {
    const id = idOfTab(tab);
    return id !== undefined && isMeant(id);
  });
  if (meant.length > 0) await vscode.window.tabGroups.close(meant);
}

function nameOf(uri: vscode.Uri): string {
  return uri.path.split('/').at(-1) ?? uri.path;
}
