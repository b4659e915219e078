/** Owns the panel's state: handles the host's messages and the user's actions. */
import type { ChatCommand, ChatMessage } from '../src/protocol/chat';
import type { ContextChoice, ContextSource } from '../src/protocol/context';
import type { HostQuestions } from '../src/protocol/chatQuestions';
import type { ParamsOf, ResultOf } from '../src/protocol/questions';
import { CallDrafts } from './callDrafts';
import type { KeptPosition } from './components/messages/keptPosition';
import { DroppedFiles } from './droppedFiles';
import type { Host } from './host';
import {
  canSend,
  hasMessage,
  hasOlder,
  initialState,
  reduce,
  searchKey,
  type Action,
  type PanelState,
} from './state';

/** Milliseconds without typing after which the draft is sent to the host. */
const draftPause = 400;

export class Panel {
  private current: PanelState;
  private draftTimer: ReturnType<typeof setTimeout> | undefined;
  /** The last draft that host and panel agree on. */
  private sentDraft = '';
  /** The questions that are open or answered, so that none is asked twice while a thread is shown. */
  private readonly asked = new Set<string>();
  private unsentCallDrafts: Record<string, string>;
  private position: KeptPosition | undefined;
  /** How many queued messages are being edited. */
  private queueEditors = 0;
  /** Drafts of the function-call forms. */
  readonly callDrafts: CallDrafts;
  /** The files that were dropped or pasted here. */
  readonly droppedFiles: DroppedFiles;

  constructor(
    private readonly host: Host,
    /** Called after each change of the state. */
    private readonly changed: () => void,
  ) {
    this.droppedFiles = new DroppedFiles((message) => this.post(message));
    const saved = host.load();
    this.current = initialState(saved);
    this.unsentCallDrafts = saved?.callDrafts ?? {};
    this.position = saved?.position;
    this.callDrafts = new CallDrafts(
      {
        send: (runId, callId, draft) => this.post({ type: 'callDraft', runId, callId, draft }),
        save: (untold) => {
          this.unsentCallDrafts = untold;
          this.save();
        },
      },
      this.unsentCallDrafts,
    );
  }

  get state(): PanelState {
    return this.current;
  }

  /** Starts listening to the host and requests all data. */
  start(): void {
    this.host.listen(
      (message) => {
        if (message.type === 'draft') this.sentDraft = message.text;
        this.dispatch(message);
        if (message.type === 'draft' || message.type === 'addDraft') this.flushDraft();
      },
      { piece: ({ uploadId, offset }) => this.droppedFiles.readPiece(uploadId, offset) },
    );
    window.addEventListener('pagehide', () => this.flushDrafts());
    document.addEventListener('visibilitychange', () => this.flushDrafts());
    this.reload();
  }

  /** Requests all data again. */
  reload(): void {
    this.post({ type: 'ready' });
  }

  /** The composer's text changed. */
  type(text: string): void {
    this.dispatch({ type: 'userTyped', text });
    this.scheduleDraft();
  }

  private scheduleDraft(): void {
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => this.flushDraft(), draftPause);
  }

  /** Sends the draft to the host now, if it has changed. */
  flushDraft(): void {
    clearTimeout(this.draftTimer);
    if (this.current.draft === this.sentDraft) return;
    this.sentDraft = this.current.draft;
    this.post({ type: 'draft', text: this.sentDraft });
  }

  private flushDrafts(): void {
    this.flushDraft();
    this.callDrafts.flushAndKeep();
  }

  /** Sends the composer's text, or the given one, with the attachments. Returns whether it was sent. */
  send(text: string = this.current.draft): boolean {
    if (!hasMessage({ ...this.current, draft: text }) || !canSend(this.current)) return false;
    clearTimeout(this.draftTimer);
    this.dispatch({ type: 'userSent', text });
    this.host.ask('send', { text }).then(
      () => {
        this.dispatch({ type: 'sent' });
        this.flushDraft();
      },
      (error: unknown) => this.dispatch({ type: 'notSent', reason: reasonOf(error) }),
    );
    return true;
  }

  /** Sends a text in place of a message of the user. Rejects with the reason if it was not stored. */
  async resend(messageId: string, text: string): Promise<void> {
    await this.host.ask('resend', { messageId, text });
  }

  /** Puts an earlier prompt into the composer (1), or a later one (-1). Returns whether there is one. */
  recall(step: 1 | -1): boolean {
    const before = this.current;
    this.dispatch({ type: 'recalled', step });
    if (this.current === before) return false;
    this.scheduleDraft();
    return true;
  }

  /** Moves the focus to the composer. */
  focusComposer(): void {
    this.dispatch({ type: 'focus' });
  }

  /** The branches of a message have got the focus that the host asked for. */
  branchFocused(): void {
    this.dispatch({ type: 'branchFocused' });
  }

  /** Has the host send no queued message by itself while one is edited. Returns how to end that. */
  holdQueue(): () => void {
    if (this.queueEditors++ === 0) this.post({ type: 'holdQueue', isHeld: true });
    return () => {
      if (--this.queueEditors === 0) this.post({ type: 'holdQueue', isHeld: false });
    };
  }

  /** Shows older messages: first those already loaded, then a page from the host. */
  loadOlder(): void {
    const { loadingOlder, messages, shown, threadId } = this.current;
    const first = messages[0];
    if (loadingOlder || first === undefined || threadId === null || !hasOlder(this.current)) return;
    if (shown >= messages.length) {
      this.host.ask('olderMessages', { threadId, before: first.id }).then(
        (page) => this.dispatch({ type: 'olderMessages', threadId, ...page }),
        () => this.dispatch({ type: 'olderNotLoaded', threadId }),
      );
    }
    this.dispatch({ type: 'olderWanted' });
  }

  /** Renders all messages that are loaded. */
  showAllLoaded(): void {
    this.dispatch({ type: 'allWanted' });
  }

  /** The scroll position that was stored when the page was last closed; undefined: the end. */
  get keptPosition(): KeptPosition | undefined {
    return this.position;
  }

  /** Stores the scroll position over a reload. */
  keepPosition(position: KeptPosition | undefined): void {
    if (JSON.stringify(position) === JSON.stringify(this.position)) return;
    this.position = position;
    this.save();
  }

  /** Asks for an image to show; once. */
  needImage(fileId: string): void {
    this.askOnce(
      'image',
      { fileId },
      (image) => this.dispatch({ type: 'image', image }),
      (error) => this.dispatch({ type: 'image', image: { fileId, error } }),
    );
  }

  /** Asks for a file's name and size; once. */
  needFileInfo(fileId: string): void {
    this.askOnce('fileInfo', { fileId }, (info) => this.dispatch({ type: 'fileInfo', info }));
  }

  /** Asks for what a message cites; once. */
  needCitations(messageId: string): void {
    const { threadId } = this.current;
    if (threadId === null) return;
    this.askOnce('citations', { threadId, messageId }, (citations) =>
      this.dispatch({ type: 'citations', threadId, messageId, citations }),
    );
  }

  /** Asks which of the paths in an answer are files of the workspace; once. */
  needPaths(messageId: string, paths: string[]): void {
    const { threadId } = this.current;
    if (threadId === null) return;
    const key = JSON.stringify(['existingPaths', messageId, paths]);
    if (this.asked.has(key)) return;
    this.asked.add(key);
    this.host.ask('existingPaths', { paths }).then(
      (existing) => this.dispatch({ type: 'paths', threadId, messageId, paths: existing }),
      () => this.asked.delete(key),
    );
  }

  /** The suggestions of a source for what is typed after `#`; none if it has failed. */
  async findContext(source: ContextSource, query: string): Promise<ContextChoice[]> {
    try {
      return await this.host.ask('contextChoices', { source, query });
    } catch {
      return [];
    }
  }

  /** Adds a suggestion to the context of the message. */
  addContext(id: string): void {
    // The host says why, if it cannot.
    this.host.ask('addContext', { id }).catch(() => {});
  }

  /** Asks for what a search has found; once. */
  needPassages(call: { runId: string; stepId: string; callId: string }): void {
    const { threadId } = this.current;
    if (threadId === null) return;
    const key = searchKey(call);
    this.askOnce(
      'passages',
      { threadId, ...call },
      (passages) => this.dispatch({ type: 'passages', key, results: { passages } }),
      (error) => this.dispatch({ type: 'passages', key, results: { passages: [], error } }),
    );
  }

  /** Runs a command of the palette. */
  command(command: ChatCommand): void {
    this.post({ type: 'command', command });
  }

  post(message: ChatMessage): void {
    // The host asks before it throws answers away.
    if (message.type === 'stop') this.callDrafts.flush();
    this.host.post(message);
  }

  /** Asks a question that is neither open nor answered; one that failed may be asked again. */
  private askOnce<N extends keyof HostQuestions>(
    name: N,
    params: ParamsOf<HostQuestions[N]>,
    receive: (result: ResultOf<HostQuestions[N]>) => void,
    fail: (reason: string) => void = () => {},
  ): void {
    const key = JSON.stringify([name, params]);
    if (this.asked.has(key)) return;
    this.asked.add(key);
    this.host.ask(name, params).then(receive, (error: unknown) => {
      this.asked.delete(key);
      fail(reasonOf(error));
    });
  }

  private dispatch(action: Action): void {
    const before = this.current;
    this.current = reduce(before, action);
    if (this.current === before) return;
    const { draft, threadId, host } = this.current;
    const isOther = draft !== before.draft || threadId !== before.threadId;
    if (isOther || host.draftId !== before.host.draftId) this.saveDraft();
    if (this.current.lastSent !== before.lastSent) this.save();
    if (this.current.threadId !== before.threadId) this.asked.clear();
    this.changed();
  }

  private saveDraft(): void {
    // Until the host has sent its draft, the saved one may belong to a thread that is not known yet.
    if (this.current.saved?.draft !== this.current.draft) this.save();
  }

  private save(): void {
    const { saved, host, draft, lastSent } = this.current;
    const threadId = saved?.draft === draft ? saved.threadId : (host.thread?.id ?? null);
    const { draftId } = host;
    this.host.save({
      threadId,
      draft,
      callDrafts: this.unsentCallDrafts,
      position: this.position,
      ...(draftId && { draftId }),
      ...(lastSent !== undefined && { lastSent }),
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
