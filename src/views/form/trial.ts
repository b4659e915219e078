import type { Assistant } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run, RunCreateParamsNonStreaming } from 'openai/resources/beta/threads/runs/runs';
import type * as vscode from 'vscode';
import { isNotFound } from '../../client/errors/errors';
import { AssistantList } from '../../client/objects/assistantList';
import { trialMetadata } from '../../client/objects/trialThreads';
import { Conversations, type Outgoing } from '../../client/runs/conversations';
import { isActive } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import type { FieldName } from '../../protocol/form';
import type { ChatSession } from '../chat/chatSession';
import type { Chats } from '../chat/chats';
import type { FormDocument } from './formDocument';

type Overrides = Omit<RunCreateParamsNonStreaming, 'assistant_id'>;

/** The chat beside a form: its runs use what the form says, saved or not, in a thread that is deleted with it. */
export class Trial implements vscode.Disposable {
  readonly session: ChatSession;
  private readonly list: DraftList;
  private readonly conversations: TrialConversations;

  constructor(
    private readonly services: Services,
    private readonly chats: Chats,
    document: FormDocument,
  ) {
    const { client, monitor, reporter } = services;
    this.list = new DraftList(services, document);
    this.conversations = new TrialConversations(client, monitor, reporter.log);
    this.conversations.document = document;
    const own = { ...services, assistants: this.list, conversations: this.conversations };
    const { assistantId } = document;
    this.session = chats.openTrial(own, { assistantId }, `form:${assistantId}`);
  }

  /** The form's fields have changed. */
  update(): void {
    this.list.refresh();
  }

  /** Begins again, in a new thread. */
  async reset(): Promise<void> {
    const { threadId } = this.session.selection;
    await this.session.show(undefined);
    await this.deleteThread(threadId);
    this.session.focus();
  }

  dispose(): void {
    const { threadId } = this.session.selection;
    this.chats.closeTrial(this.session);
    this.list.dispose();
    this.conversations.dispose();
    this.deleteThread(threadId).catch(this.services.reporter.log);
  }

  private async deleteThread(threadId: string | undefined): Promise<void> {
    if (threadId === undefined) return;
    const { client, monitor } = this.services;
    try {
      const run = monitor.newestRun(threadId);
      if (run && isActive(run)) await monitor.stop(run);
      await client.beta.threads.delete(threadId);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/** The changed fields that a run cannot use before they are saved: the API has no way to unset them for a run. */
export function untriedFields(document: FormDocument): FieldName[] {
  const { fields, stored, changed } = document;
  if (!fields || !stored) return [];
  const resources = stored.tool_resources;
  const isGone = (ids: readonly string[] | undefined, now: readonly string[]): boolean =>
    (ids ?? []).some((id) => !now.includes(id));
  return changed.filter((name) => {
    if (document.hasError(name)) return true;
    if (name === 'reasoning_effort') return fields.reasoning_effort === '';
    if (name === 'code_files') return isGone(resources?.code_interpreter?.file_ids, fields.code_files);
    if (name === 'vector_stores')
      return isGone(resources?.file_search?.vector_store_ids, fields.vector_stores);
    return false;
  });
}

/** The form's assistant, as the form says it. */
class DraftList extends AssistantList {
  constructor(
    { client, changes, reporter }: Services,
    private readonly document: FormDocument,
  ) {
    super(client, changes.onDidChange, reporter.log);
  }

  protected override fetchAll(): Promise<Assistant[]> {
    const { draft } = this.document;
    return Promise.resolve(draft ? [draft] : []);
  }
}

class TrialConversations extends Conversations {
  document: FormDocument | undefined;

  override async send(
    outgoing: Outgoing,
    onStored?: (message: Message) => void,
  ): Promise<{ message: Message; run: Run }> {
    const thread = outgoing.threadId ?? (await this.createThread());
    const message = await this.store(thread, outgoing);
    onStored?.(message);
    this.emitter.fire(message);
    return { message, run: await this.retry(thread, outgoing.assistantId) };
  }

  override async retry(threadId: string, assistantId: string): Promise<Run> {
    return this.monitor.start(threadId, { assistant_id: assistantId, ...this.overrides() });
  }

  private async createThread(): Promise<string> {
    const { draft, changed = [] } = this.document ?? {};
    const hasOwn = changed.includes('code_files') || changed.includes('vector_stores');
    const { id } = await this.client.beta.threads.create({
      metadata: trialMetadata(),
      ...(hasOwn && { tool_resources: draft?.tool_resources as object }),
    });
    return id;
  }

  /** What the form says in the fields that differ from the stored ones. */
  private overrides(): Overrides {
    const { draft, stored, changed = [] } = this.document ?? {};
    if (!draft || !stored) return {};
    const has = (...names: FieldName[]): boolean => names.some((name) => changed.includes(name));
    const effort: unknown = 'reasoning_effort' in draft ? draft.reasoning_effort : undefined;
    return {
      ...(has('model') && { model: draft.model }),
      ...(has('instructions') && { instructions: draft.instructions ?? '' }),
      // What is not set is 1.
      ...(has('temperature') && { temperature: draft.temperature ?? 1 }),
      ...(has('top_p') && { top_p: draft.top_p ?? 1 }),
      ...(has('response_format') && { response_format: draft.response_format }),
      ...(has('code_interpreter', 'file_search', 'functions') && { tools: draft.tools }),
      ...(has('reasoning_effort') && typeof effort === 'string' && { reasoning_effort: effort as 'low' }),
    };
  }
}
