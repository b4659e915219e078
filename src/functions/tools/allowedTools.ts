import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';

const key = 'functions.allowedTools';

/** A tool that an assistant may use without asking. */
interface AllowedTool {
  /** Where the assistant is: its id may exist on another service, too. */
  service: string;
  assistantId: string;
  tool: string;
  /** Hash of the tool's definition at the time it was allowed. */
  definition: string;
}

/**
 * The VS Code tools that an assistant may use without asking, in this workspace. A tool whose definition
 * changes is no longer allowed: it may be another one of that name.
 */
export class AllowedTools {
  private readonly emitter = new vscode.EventEmitter<void>();

  /** Fires when a tool is allowed, or no longer. */
  readonly onDidChange = this.emitter.event;

  constructor(
    private readonly state: vscode.Memento,
    private readonly isTrusted: () => boolean = () => vscode.workspace.isTrusted,
    /** Identifies the service in use. */
    private readonly service: () => string = () => '',
    private readonly tools: () => readonly vscode.LanguageModelToolInformation[] = () => vscode.lm.tools,
  ) {}

  /** Whether tools can be allowed here: only in a trusted workspace. */
  get canAllow(): boolean {
    return this.isTrusted();
  }

  has(assistantId: string, tool: string): boolean {
    const wanted = this.entry(assistantId, tool);
    return this.canAllow && wanted !== undefined && this.entries().some((entry) => isSame(entry, wanted));
  }

  async allow(assistantId: string, tool: string): Promise<void> {
    if (!this.canAllow) {
      throw new UserError(vscode.l10n.t('Tools can be always allowed only in trusted workspaces.'));
    }
    const added = this.entry(assistantId, tool);
    if (!added) return;
    const others = this.entries().filter(
      (entry) => !isSame({ ...entry, definition: added.definition }, added),
    );
    await this.state.update(key, [...others, added]);
    this.emitter.fire();
  }

  /** Takes a permission back, on every service. */
  async forget(assistantId: string, tool: string): Promise<void> {
    const left = this.entries().filter((entry) => entry.assistantId !== assistantId || entry.tool !== tool);
    await this.state.update(key, left.length > 0 ? left : undefined);
    this.emitter.fire();
  }

  /** Names of the allowed tools, by assistant id, of all services. */
  all(): Readonly<Record<string, readonly string[]>> {
    const names = new Map<string, Set<string>>();
    for (const { assistantId, tool } of this.entries()) {
      names.set(assistantId, (names.get(assistantId) ?? new Set()).add(tool));
    }
    return Object.fromEntries([...names].map(([id, tools]) => [id, [...tools]]));
  }

  /** The entry for a tool as it is now; undefined if VS Code does not offer it. */
  private entry(assistantId: string, tool: string): AllowedTool | undefined {
    const found = this.tools().find(({ name }) => name === tool);
    return found && { service: this.service(), assistantId, tool, definition: hashOf(found) };
  }

  private entries(): readonly AllowedTool[] {
    // Older versions stored names by assistant, without definitions; those are asked for again.
    const stored = this.state.get<unknown>(key);
    return Array.isArray(stored) ? (stored as AllowedTool[]) : [];
  }
}

function isSame(a: AllowedTool, b: AllowedTool): boolean {
  return (
    a.service === b.service &&
    a.assistantId === b.assistantId &&
    a.tool === b.tool &&
    a.definition === b.definition
  );
}

function hashOf(tool: vscode.LanguageModelToolInformation): string {
  const { name, description, inputSchema, tags } = tool;
  return createHash('sha256')
    .update(JSON.stringify([name, description, inputSchema, tags]))
    .digest('hex');
}
