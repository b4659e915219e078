import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { notebookPlaceOf } from '../../../client/files/documentName';
import type { ContextChoice, ContextSource } from '../../../protocol/context';
import { linesSource, nameOf, sourceLabel, type Source } from './contextSources';
import { editorSources, placeOf, uriOfTab } from './editorSources';
import { stripTerminalCodes, type TerminalOutputs } from './terminalOutput';
import { findWorkspaceFiles, scoreOf } from './workspaceFiles';
import { changedRepositories } from './workingTree';

/** Suggestions of each source. */
const counts = { editors: 8, outputs: 8, files: 30, symbols: 15 } as const;
/** Suggestions that can be chosen; older ones are dropped. */
const maxOffered = 1_000;
/** Symbols that are looked at: providers may return those of all the workspace. */
const maxSymbols = 5_000;

/** What a suggestion stands for; a symbol's lines are read when it is chosen. */
type Offered = Source | { kind: 'symbol'; uri: string; range: vscode.Range; name: string; container: string };

/** The suggestions of `#` in the composers of a window. Only what was suggested can be chosen: the panel is not trusted. */
export class ContextChoices implements vscode.Disposable {
  private readonly offered = new Map<string, Offered>();
  /** The last search of each source, which the next one cancels. */
  private readonly searches = new Map<ContextSource, vscode.CancellationTokenSource>();

  constructor(private readonly terminals: TerminalOutputs) {}

  /** The suggestions of a source for what is typed, the best first. */
  async find(source: ContextSource, query: string): Promise<ContextChoice[]> {
    this.searches.get(source)?.cancel();
    const search = new vscode.CancellationTokenSource();
    this.searches.set(source, search);
    const found = await this.search(source, query, search.token);
    return found.slice(0, counts[source]).map((one) => this.offer(one));
  }

  /** What was chosen, as a source; undefined if it is no longer offered. */
  async chosen(id: string): Promise<Source | undefined> {
    const found = this.offered.get(id);
    if (found?.kind !== 'symbol') return found;
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(found.uri));
    // With the indentation of the first line.
    const range = document.validateRange(found.range.with(found.range.start.with({ character: 0 })));
    return linesSource(document, range, { uri: found.uri });
  }

  dispose(): void {
    for (const search of this.searches.values()) search.cancel();
    this.terminals.dispose();
  }

  private async search(
    source: ContextSource,
    query: string,
    token: vscode.CancellationToken,
  ): Promise<Offered[]> {
    switch (source) {
      case 'editors':
        return ranked(query, openEditors(), nameOfOffer);
      case 'outputs':
        return ranked(query, await this.outputs(), labelOf);
      case 'files': {
        const files = await findWorkspaceFiles(query, counts.files, token);
        return files.map((uri) => ({ kind: 'file', uri: uri.toString() }));
      }
      case 'symbols':
        return query === '' ? [] : ranked(query, await symbols(query), ({ name }) => name);
    }
  }

  /** The selection, problems, the terminal's last output and the changes of the working tree, as far as there are any. */
  private async outputs(): Promise<Source[]> {
    const found: Source[] = [];
    const editor = shownEditor();
    if (editor) {
      const selected = editor.selections.some((selection) => !selection.isEmpty);
      if (selected) found.push(...selectionOf(editor));
      const place = placeOf(editor.document);
      const isCell = place.cell !== undefined;
      if (!isCell && vscode.languages.getDiagnostics(editor.document.uri).length > 0) {
        found.push({ kind: 'problems', ...place });
      }
    }
    const { last } = this.terminals;
    if (last && (last.text !== '' || last.command !== '')) {
      found.push({
        kind: 'terminal',
        name: last.name,
        text: `$ ${last.command}\n${stripTerminalCodes(last.text)}`,
      });
    }
    const changed = await changedRepositories().catch(() => []);
    found.push(...changed.map((root): Source => ({ kind: 'diff', uri: root.toString() })));
    return found;
  }

  private offer(offered: Offered): ContextChoice {
    const id = randomUUID();
    this.offered.set(id, offered);
    for (const old of [...this.offered.keys()].slice(0, -maxOffered)) this.offered.delete(old);
    return { id, kind: offered.kind, label: labelOf(offered), detail: detailOf(offered) };
  }
}

/** The editor that is used, or was used last; a chat in a tab is none. */
function shownEditor(): vscode.TextEditor | undefined {
  return vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
}

/** None if the selection is too long: then it can only be refused. */
function selectionOf(editor: vscode.TextEditor): Source[] {
  try {
    return editorSources(editor);
  } catch {
    return [];
  }
}

/** The files of the open editors, the active one first. */
function openEditors(): Source[] {
  const groups = vscode.window.tabGroups.all;
  const active = shownEditor()?.document.uri;
  const tabs = groups.flatMap(({ tabs }) => tabs.map(uriOfTab));
  const uris = [active, ...tabs].filter((uri) => uri !== undefined);
  const files = new Map<string, Source>();
  for (const uri of uris) {
    if (uri.scheme === 'vscode-notebook-cell') continue;
    files.set(uri.toString(), { kind: 'file', uri: uri.toString() });
  }
  return [...files.values(), ...openCells()];
}

/** The selected cells of the notebooks shown. */
function openCells(): Source[] {
  return vscode.window.visibleNotebookEditors.map(({ notebook, selection }) => ({
    kind: 'cell',
    uri: notebook.uri.toString(),
    cell: selection.start,
  }));
}

/** Symbols of the active document and of the workspace. A provider that fails has none. */
async function symbols(query: string): Promise<Extract<Offered, { kind: 'symbol' }>[]> {
  const document = shownEditor()?.document;
  const isNotebook = document && notebookPlaceOf(document) !== undefined;
  const [own, all] = await Promise.all([
    document && !isNotebook
      ? executeProvider<vscode.DocumentSymbol | vscode.SymbolInformation>(
          'vscode.executeDocumentSymbolProvider',
          document.uri,
        )
      : [],
    executeProvider<vscode.SymbolInformation>('vscode.executeWorkspaceSymbolProvider', query),
  ]);
  const found = new Map<string, Extract<Offered, { kind: 'symbol' }>>();
  const add = (uri: vscode.Uri, range: vscode.Range, name: string, container: string) => {
    const symbol = { kind: 'symbol', uri: uri.toString(), range, name, container } as const;
    found.set(`${uri.toString()} ${range.start.line} ${name}`, symbol);
  };
  const addTree = (uri: vscode.Uri, list: readonly (vscode.DocumentSymbol | vscode.SymbolInformation)[]) => {
    for (const symbol of list) {
      if (found.size >= maxSymbols) return;
      if ('location' in symbol) add(uri, symbol.location.range, symbol.name, symbol.containerName);
      else {
        add(uri, symbol.range, symbol.name, '');
        addTree(uri, symbol.children);
      }
    }
  };
  if (document) addTree(document.uri, own);
  for (const { location, name, containerName } of all.slice(0, maxSymbols)) {
    add(location.uri, location.range, name, containerName);
  }
  return [...found.values()];
}

async function executeProvider<T>(command: string, argument: vscode.Uri | string): Promise<readonly T[]> {
  try {
    return (await vscode.commands.executeCommand<T[] | undefined>(command, argument)) ?? [];
  } catch {
    return [];
  }
}

function ranked<T>(query: string, list: readonly T[], textOf: (one: T) => string): T[] {
  return list
    .map((one) => ({ one, score: scoreOf(query, textOf(one)) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ one }) => one);
}

function labelOf(offered: Offered): string {
  return offered.kind === 'symbol' ? offered.name : sourceLabel(offered);
}

function nameOfOffer(offered: Offered): string {
  return offered.kind === 'symbol' ? offered.name : nameOf(offered);
}

function detailOf(offered: Offered): string {
  if (offered.kind === 'terminal') return offered.text.split('\n')[0]?.slice(0, 200) ?? '';
  if (offered.kind !== 'symbol') return nameOf(offered);
  const place = `${vscode.workspace.asRelativePath(vscode.Uri.parse(offered.uri))}:${offered.range.start.line + 1}`;
  return offered.container ? `${offered.container} – ${place}` : place;
}
