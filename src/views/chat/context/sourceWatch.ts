import * as vscode from 'vscode';
import { DisposableStore } from '../../../client/disposableStore';
import type { Source } from './contextSources';
import { onDidChangeWorkingTree } from './workingTree';

/** Milliseconds without changes after which they are reported: not while one types. */
const pause = 400;

/** Watches the documents, files and outputs that sources are read from, and reports that some may have changed. */
export class SourceWatch implements vscode.Disposable {
  private owned = new DisposableStore();
  private sources: readonly Source[] = [];
  private watched = '';
  private readonly changed = new Set<Source>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly report: (changed: readonly Source[]) => void) {}

  /** Replaces the sources that are watched. */
  watch(sources: readonly Source[]): void {
    this.sources = sources;
    const uris = [...new Set(sources.flatMap((source) => ('uri' in source ? source.uri : [])))];
    const kinds = [...new Set(sources.map(({ kind }) => kind))];
    const watched = JSON.stringify([uris, kinds]);
    if (watched === this.watched) return;
    this.watched = watched;
    this.owned.dispose();
    this.owned = new DisposableStore();
    if (uris.length === 0) return;

    this.owned.add(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.changedAt(document.uri);
      }),
      // Changes that were not saved are gone.
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.changedAt(uri)),
      vscode.workspace.onDidChangeNotebookDocument(({ notebook }) => this.changedAt(notebook.uri)),
    );
    const files = sources.filter(({ kind }) => kind !== 'diff' && kind !== 'problems');
    for (const uri of new Set(files.flatMap((source) => ('uri' in source ? source.uri : []))))
      this.watchFile(vscode.Uri.parse(uri));
    if (kinds.includes('problems')) {
      this.owned.add(
        vscode.languages.onDidChangeDiagnostics(({ uris: all }) => all.forEach((uri) => this.changedAt(uri))),
      );
    }
    for (const source of sources) if (source.kind === 'diff') this.watchTree(source.uri);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.owned.dispose();
  }

  /** VS Code has no events of files that are not open. */
  private watchFile(uri: vscode.Uri): void {
    if (uri.scheme === 'untitled') return;
    const name = uri.path.split('/').at(-1) ?? '';
    // In a pattern, these characters stand for others.
    const pattern = new vscode.RelativePattern(
      vscode.Uri.joinPath(uri, '..'),
      name.replace(/[[\]{}*?]/g, '?'),
    );
    const watcher = this.owned.add(vscode.workspace.createFileSystemWatcher(pattern));
    const changed = (changedUri: vscode.Uri) => this.changedAt(changedUri);
    this.owned.add(watcher.onDidChange(changed), watcher.onDidCreate(changed), watcher.onDidDelete(changed));
  }

  private watchTree(root: string): void {
    const { owned } = this;
    onDidChangeWorkingTree(root, () => this.changedAt(vscode.Uri.parse(root))).then(
      (listener) => owned.add(listener),
      // Without Git, reading the changes says why.
      () => {},
    );
  }

  private changedAt(uri: vscode.Uri): void {
    const address = uri.toString();
    const concerned = this.sources.filter((source) => 'uri' in source && source.uri === address);
    if (concerned.length === 0) return;
    for (const source of concerned) this.changed.add(source);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const changed = [...this.changed];
      this.changed.clear();
      this.report(changed);
    }, pause);
  }
}
