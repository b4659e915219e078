import * as vscode from 'vscode';
import { UserError } from '../../client/errors';

const key = 'functions.allowedTools';

/** The VS Code tools that an assistant may use without asking, in this workspace. */
export class AllowedTools {
  constructor(
    private readonly state: vscode.Memento,
    private readonly isTrusted: () => boolean = () => vscode.workspace.isTrusted,
  ) {}

  /** Whether tools can be allowed here: only in a trusted workspace. */
  get canAllow(): boolean {
    return this.isTrusted();
  }

  has(assistantId: string, tool: string): boolean {
    return this.canAllow && (this.all()[assistantId] ?? []).includes(tool);
  }

  async allow(assistantId: string, tool: string): Promise<void> {
    if (!this.canAllow) {
      throw new UserError(vscode.l10n.t('Tools can be always allowed only in trusted workspaces.'));
    }
    const all = this.all();
    const tools = new Set([...(all[assistantId] ?? []), tool]);
    await this.state.update(key, { ...all, [assistantId]: [...tools] });
  }

  async forget(assistantId: string, tool: string): Promise<void> {
    const { [assistantId]: tools = [], ...others } = this.all();
    const left = tools.filter((name) => name !== tool);
    await this.state.update(key, left.length > 0 ? { ...others, [assistantId]: left } : others);
  }

  /** Names of the allowed tools, by assistant id. */
  all(): Readonly<Record<string, readonly string[]>> {
    return this.state.get<Record<string, string[]>>(key, {});
  }
}
