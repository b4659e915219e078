import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { commandName } from '../../client/commands';
import type { ActiveService } from '../../client/service/activeService';
import type { AssistantList } from '../../client/objects/assistantList';
import type { Connections } from '../../client/models/connections';
import { namesakeHints } from '../../client/objects/namesakes';
import { assistantName } from '../../client/objects/titles';
import { toolWords } from '../../client/tools';
import { AssistantNode } from './nodes';

/** The tree of assistants, newest first. */
export class AssistantsTree implements vscode.TreeDataProvider<AssistantNode>, vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  private readonly view: vscode.TreeView<AssistantNode>;
  private readonly disposables = new DisposableStore();

  readonly onDidChangeTreeData = this.emitter.event;

  constructor(
    private readonly assistants: AssistantList,
    connections: Connections,
    private readonly service: ActiveService,
  ) {
    this.view = vscode.window.createTreeView('assistantsStudio.assistants', { treeDataProvider: this });
    this.disposables.add(
      this.view,
      this.emitter,
      assistants.onDidChange(() => this.emitter.fire()),
      connections.onDidChange(() => this.emitter.fire()),
      service.onDidChange(() => (this.view.description = service.server?.label)),
    );
    this.view.description = service.server?.label;
  }

  async getChildren(): Promise<AssistantNode[]> {
    try {
      const all = await this.assistants.all();
      this.view.message = undefined;
      return all.map(({ id }) => new AssistantNode(id));
    } catch {
      // The list has already reported the error and stores its text.
      this.view.message = this.assistants.error;
      return [];
    }
  }

  getTreeItem({ assistantId }: AssistantNode): vscode.TreeItem {
    const assistant = this.assistants.find(assistantId);
    if (!assistant) return new vscode.TreeItem(assistantId);
    const item = new vscode.TreeItem(assistantName(assistant));
    item.id = assistantId;
    item.contextValue = 'assistant';
    item.iconPath = new vscode.ThemeIcon('hubot');
    const hint = namesakeHints(this.assistants.current ?? []).get(assistantId);
    item.description = [hint, assistant.model, ...assistant.tools.map(toolWords), assistant.description]
      .filter(Boolean)
      .join(' · ');
    item.tooltip = this.tooltip(assistant);
    item.command = {
      command: commandName('editAssistant'),
      title: vscode.l10n.t('Edit Assistant'),
      arguments: [new AssistantNode(assistantId)],
    };
    return item;
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private tooltip(assistant: Assistant): vscode.MarkdownString {
    const text = new vscode.MarkdownString();
    text.appendMarkdown('**').appendText(assistantName(assistant)).appendMarkdown('**\n\n');
    text.appendText(assistant.model);
    if (this.service.isDemo(assistant.model)) {
      text.appendMarkdown('\n\n').appendText(vscode.l10n.t('Demo – scripted replies, no AI'));
    }
    const tools = assistant.tools.filter(({ type }) => type !== 'function').map(toolWords);
    if (tools.length > 0) {
      text.appendMarkdown('\n\n').appendText(vscode.l10n.t('Tools: {0}', tools.join(', ')));
    }
    const functions = assistant.tools.filter((tool) => tool.type === 'function');
    if (functions.length > 0) text.appendMarkdown('\n\n').appendText(vscode.l10n.t('Functions:'));
    for (const { function: definition } of functions) {
      const words = [definition.name, definition.description?.slice(0, 120)].filter(Boolean).join(' – ');
      text.appendMarkdown('\n- ').appendText(words.replace(/\s+/g, ' '));
    }
    if (functions.length > 0) text.appendMarkdown('\n');
    for (const part of [assistant.description, assistant.instructions]) {
      if (part) text.appendMarkdown('\n\n').appendText(part.slice(0, 500));
    }
    return text;
  }
}
