import * as vscode from 'vscode';
import { UserError } from '../../client/errors';

const key = 'functions.allowedTools';

/** The tools of VS Code that the user lets an assistant use without being asked, in this workspace. */
export class AllowedTools {
  constructor(
    private readonly state: vscode.Memento,
    private readonly isTrusted: () => boolean = () => vscode.workspace.isTrusted,
  ) {}

  /** Whether anything can be allowed here: nothing is in a workspace that is not trusted. */
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

  /** Each assistant's tools, by its id. */
  all(): Readonly<Record<string, readonly string[]>> {
    return this.state.get<Record<string, string[]>>(key, {});
  }
}
