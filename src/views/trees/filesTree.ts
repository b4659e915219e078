import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { onDidChangeSetting } from '../../client/settings';
import { commandName } from '../../client/commands';
import { isUnsupported } from '../../client/errors/errors';
import { displayError } from '../../client/errors/translatedError';
import { embeddingsModel, isStale } from '../../client/models/embeddingsSetting';
import { opensElsewhere, shownAsText } from '../../client/files/documentFormats';
import { fileSize } from '../../client/files/fileSize';
import type { FolderSync } from '../../client/files/folderSync';
import { storeName, storesOf, type KnowledgeStore } from '../../client/files/knowledge';
import type { Services } from '../../client/services';
import { countWords, pathIn, StoreList, type StoreFile } from '../../client/files/storeList';
import { assistantName, formatTime } from '../../client/objects/titles';
import { FileDrop } from './fileDrop';
import { FileNode, MoreNode, OtherFilesNode, StoreNode } from './nodes';

export type FilesTreeNode = StoreNode | FileNode | OtherFilesNode | MoreNode;

/** Milliseconds between polls while files are being indexed. */
const pollInterval = 1_000;
/** Milliseconds for which changes are collected before a refresh: uploads come by the hundred. */
const refreshDelay = 250;

/** The tree of vector stores and their files, and of the files that are in no store. */
export class FilesTree implements vscode.TreeDataProvider<FilesTreeNode>, vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<FilesTreeNode | undefined>();
  private readonly list: StoreList;
  private readonly view: vscode.TreeView<FilesTreeNode>;
  private readonly disposables = new DisposableStore();
  private readonly files = new Map<string, StoreFile>();
  private others = new Map<string, FileObject>();
  private polling: NodeJS.Timeout | undefined;
  private refreshing: NodeJS.Timeout | undefined;
  private comparing: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.emitter.event;

  constructor(
    private readonly services: Services,
    private readonly sync: FolderSync,
  ) {
    const { client, changes, assistants, service } = services;
    this.list = new StoreList(client);
    this.view = vscode.window.createTreeView('assistantsStudio.files', {
      treeDataProvider: this,
      dragAndDropController: new FileDrop(services.reporter.notify),
      showCollapseAll: true,
    });
    this.disposables.add(
      this.view,
      this.emitter,
      changes.onDidChange(({ resource, withoutFiles }) => {
        if (resource === 'files' || resource === 'vectorStores') this.refreshSoon();
        // Their attachments may have been added to a vector store, perhaps a new one.
        else if ((resource === 'messages' || resource === 'threads') && !withoutFiles) this.compareSoon();
      }),
      assistants.onDidChange(() => this.refreshSoon()),
      service.onDidChange(() => this.refresh()),
      sync.onDidChange(() => this.refreshSoon()),
      onDidChangeSetting('embeddings', () => this.refresh()),
      this.view.onDidChangeVisibility(({ visible }) => visible && this.refreshSoon()),
    );
  }

  /** Reads the stores and files again. */
  refresh(): void {
    clearTimeout(this.refreshing);
    this.refreshing = undefined;
    this.list.forgetFiles();
    this.emitter.fire(undefined);
  }

  /** Loads the next page of the files of a store, or of those in no store. */
  showMore(storeId: string | undefined): void {
    this.list.showMore(storeId);
    this.refresh();
  }

  async getChildren(element?: FilesTreeNode): Promise<FilesTreeNode[]> {
    try {
      if (!element) return await this.roots();
      if (element instanceof StoreNode) return await this.filesOf(element.vectorStoreId);
      if (element instanceof OtherFilesNode) return await this.otherFiles();
    } catch (error) {
      if (!isUnsupported(error)) this.services.reporter.log(error);
      this.view.message = isUnsupported(error)
        ? vscode.l10n.t('This server does not support vector stores.')
        : displayError(error);
    }
    return [];
  }

  getTreeItem(node: FilesTreeNode): vscode.TreeItem {
    if (node instanceof StoreNode) return this.storeItem(node);
    if (node instanceof FileNode) return this.fileItem(node);
    return node instanceof MoreNode ? moreItem(node) : otherFilesItem();
  }

  dispose(): void {
    clearTimeout(this.polling);
    clearTimeout(this.refreshing);
    clearTimeout(this.comparing);
    this.disposables.dispose();
  }

  private async roots(): Promise<FilesTreeNode[]> {
    const [stores, { data: anyFile }] = await Promise.all([
      this.list.readStores(),
      this.services.client.files.list({ limit: 1 }),
    ]);
    this.view.message = undefined;
    this.pollWhileIndexing(stores);
    const nodes = stores.map(({ id }) => new StoreNode(id));
    return anyFile.length > 0 ? [...nodes, new OtherFilesNode()] : nodes;
  }

  private async filesOf(storeId: string): Promise<FilesTreeNode[]> {
    const { files, hasMore } = await this.list.readFiles(storeId);
    for (const file of files) this.files.set(keyOf(file.entry.id, storeId), file);
    const nodes: FilesTreeNode[] = files.map(({ entry }) => new FileNode(entry.id, storeId));
    return hasMore ? [...nodes, new MoreNode(storeId)] : nodes;
  }

  private async otherFiles(): Promise<FilesTreeNode[]> {
    const { files, hasMore } = await this.list.readOthers();
    this.others = new Map(files.map((file) => [file.id, file]));
    const nodes: FilesTreeNode[] = files.map(({ id }) => new FileNode(id));
    return hasMore ? [...nodes, new MoreNode()] : nodes;
  }

  private storeItem({ vectorStoreId }: StoreNode): vscode.TreeItem {
    const store = this.list.find(vectorStoreId);
    if (!store) return new vscode.TreeItem(vectorStoreId);
    const item = new vscode.TreeItem(storeName(store), vscode.TreeItemCollapsibleState.Collapsed);
    const stale = isStale(store, embeddingsModel());
    const synced = this.sync.foldersOf(vectorStoreId).length > 0;
    item.id = vectorStoreId;
    item.contextValue = ['store', stale && 'stale', synced && 'synced'].filter(Boolean).join('.');
    item.iconPath = storeIcon(store, stale);
    item.description = [
      countWords(store),
      fileSize(store.usage_bytes),
      ...statusWords(store),
      stale && vscode.l10n.t('indexed with another model'),
      synced && vscode.l10n.t('synced'),
      // A store that was created for an assistant has the assistant's name.
      ...this.usersOf(vectorStoreId).filter((name) => name !== item.label),
    ]
      .filter(Boolean)
      .join(' · ');
    item.tooltip = this.storeTooltip(store);
    return item;
  }

  private storeTooltip(store: KnowledgeStore): string {
    const users = this.usersOf(store.id);
    const folders = this.sync.foldersOf(store.id).map(({ fsPath }) => fsPath);
    return [
      storeName(store),
      store.description,
      [countWords(store), fileSize(store.usage_bytes), ...statusWords(store)].join(' · '),
      users.length > 0
        ? vscode.l10n.t('Used by: {0}', users.join(', '))
        : vscode.l10n.t('Not used by any assistant'),
      folders.length > 0 && vscode.l10n.t('Synced with {0}', folders.join(', ')),
      store.embedding_model && vscode.l10n.t('Indexed with {0}', store.embedding_model),
      store.embedding_model === null && vscode.l10n.t('Keyword search only'),
      formatTime(store.created_at),
    ]
      .filter(Boolean)
      .join('\n');
  }

  /** The names of the assistants that search a store. */
  private usersOf(storeId: string): string[] {
    const all = this.services.assistants.current ?? [];
    return all.filter((assistant) => storesOf(assistant).includes(storeId)).map(assistantName);
  }

  private fileItem({ fileId, vectorStoreId }: FileNode): vscode.TreeItem {
    const inStore = vectorStoreId === undefined ? undefined : this.files.get(keyOf(fileId, vectorStoreId));
    const file = inStore?.file ?? this.others.get(fileId);
    const name = file?.filename ?? fileId;
    const path = inStore && pathIn(inStore);
    const item = new vscode.TreeItem(name);
    item.id = keyOf(fileId, vectorStoreId);
    const kind = vectorStoreId === undefined ? 'file' : 'storeFile';
    item.contextValue = opensElsewhere.test(name) ? `${kind}.document` : kind;
    item.iconPath = fileIcon(inStore?.entry.status);
    const error = inStore?.entry.last_error?.message;
    item.description = [
      error ?? inStatus(inStore?.entry.status),
      file && fileSize(file.bytes),
      path !== name && path,
    ]
      .filter(Boolean)
      .join(' · ');
    const encoding = inStore?.entry.attributes?.['encoding'];
    const encoded = typeof encoding === 'string' && vscode.l10n.t('Text encoding: {0}', encoding);
    item.tooltip = [path ?? name, error, encoded, file && formatTime(file.created_at), fileId]
      .filter(Boolean)
      .join('\n');
    const isRead = inStore?.entry.status === 'completed' && shownAsText.test(name);
    item.command = {
      command: commandName(isRead ? 'openCitation' : 'openFile'),
      title: vscode.l10n.t('Open File'),
      arguments: [new FileNode(fileId, vectorStoreId)],
    };
    return item;
  }

  private refreshSoon(): void {
    this.refreshing ??= setTimeout(() => this.refresh(), refreshDelay);
  }

  /** Refreshes if the stores are not as they are shown. */
  private compareSoon(): void {
    this.comparing ??= setTimeout(() => {
      this.comparing = undefined;
      // Hidden, it is refreshed when it is shown again.
      if (this.view.visible) void this.compare();
    }, refreshDelay);
  }

  private async compare(): Promise<void> {
    try {
      if (await this.list.haveStoresChanged()) this.refresh();
    } catch {
      // The refresh reports it.
      this.refresh();
    }
  }

  /** Refreshes periodically while files are being indexed. */
  private pollWhileIndexing(stores: readonly KnowledgeStore[]): void {
    clearTimeout(this.polling);
    this.polling = undefined;
    if (!this.view.visible || !stores.some(({ status }) => status === 'in_progress')) return;
    this.polling = setTimeout(() => this.refresh(), pollInterval);
  }
}

function keyOf(fileId: string, storeId: string | undefined): string {
  return `${storeId ?? ''}/${fileId}`;
}

function statusWords({ status, file_counts: counts }: KnowledgeStore): string[] {
  return [
    status === 'expired' ? vscode.l10n.t('expired') : '',
    counts.in_progress > 0 ? vscode.l10n.t('indexing, {0} left', counts.in_progress) : '',
    counts.failed > 0 ? vscode.l10n.t('{0} could not be read', counts.failed) : '',
  ].filter(Boolean);
}

function storeIcon(store: KnowledgeStore, stale: boolean): vscode.ThemeIcon {
  if (store.status === 'in_progress') return new vscode.ThemeIcon('loading~spin');
  if (store.status === 'expired') return new vscode.ThemeIcon('circle-slash');
  if (!stale && store.file_counts.failed === 0) return new vscode.ThemeIcon('database');
  return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
}

type FileStatus = StoreFile['entry']['status'];

function fileIcon(status: FileStatus | undefined): vscode.ThemeIcon {
  switch (status) {
    case 'in_progress':
      return new vscode.ThemeIcon('loading~spin');
    case 'failed':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
    case 'cancelled':
      return new vscode.ThemeIcon('circle-slash');
    default:
      return new vscode.ThemeIcon('file');
  }
}

function inStatus(status: FileStatus | undefined): string | undefined {
  if (status === 'in_progress') return vscode.l10n.t('indexing');
  return status === 'cancelled' ? vscode.l10n.t('indexing canceled') : undefined;
}

function moreItem(node: MoreNode): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Load More…'));
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.command = {
    command: commandName('loadMoreFiles'),
    title: vscode.l10n.t('Load More…'),
    arguments: [node],
  };
  return item;
}

function otherFilesItem(): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Other Files'), vscode.TreeItemCollapsibleState.Collapsed);
  item.id = 'others';
  item.contextValue = 'others';
  item.iconPath = new vscode.ThemeIcon('files');
  item.tooltip = vscode.l10n.t('Files that are in no vector store');
  return item;
}
