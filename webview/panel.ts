/** Owns the panel's state: handles the host's messages and the user's actions. */
import type { ChatCommand, ChatMessage } from '../src/protocol/chat';
import { CallDrafts } from './callDrafts';
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
  private lastRequestId = 0;
  private draftTimer: ReturnType<typeof setTimeout> | undefined;
  /** The last draft that host and panel agree on. */
  private draftTold = '';
  private readonly imagesAsked = new Set<string>();
  private readonly infosAsked = new Set<string>();
  /** The messages whose citations, and the searches whose results, were asked for. */
  private readonly passagesAsked = new Set<string>();
  private callDraftsUntold: Record<string, string>;
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
    this.callDraftsUntold = saved?.callDrafts ?? {};
    this.callDrafts = new CallDrafts(
      {
        send: (runId, callId, draft) => this.post({ type: 'callDraft', runId, callId, draft }),
        save: (untold) => {
          this.callDraftsUntold = untold;
          this.save();
        },
      },
      this.callDraftsUntold,
    );
  }

  get state(): PanelState {
    return this.current;
  }

  /** Starts listening to the host and requests all data. */
  start(): void {
    this.host.listen((message) => {
      if (message.type === 'needPiece') {
        void this.droppedFiles.sendPiece(message.uploadId, message.offset);
        return;
      }
      if (message.type === 'draft') this.draftTold = message.text;
      this.dispatch(message);
      if (message.type === 'draft' || message.type === 'sent') this.tellDraft();
    });
    window.addEventListener('pagehide', () => this.tellDrafts());
    document.addEventListener('visibilitychange', () => this.tellDrafts());
    this.reload();
  }

  /** Requests all data again. */
  reload(): void {
    this.post({ type: 'ready' });
  }

  /** The composer's text changed. */
  type(text: string): void {
    this.dispatch({ type: 'userTyped', text });
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => this.tellDraft(), draftPause);
  }

  /** Sends the draft to the host now, if it has changed. */
  tellDraft(): void {
    clearTimeout(this.draftTimer);
    if (this.current.draft === this.draftTold) return;
    this.draftTold = this.current.draft;
    this.post({ type: 'draft', text: this.draftTold });
  }

  private tellDrafts(): void {
    this.tellDraft();
    this.callDrafts.flushAndKeep();
  }

  /** Sends the composer's text, or the given one, with the attachments. Returns whether it was sent. */
  send(text: string = this.current.draft): boolean {
    if (!hasMessage({ ...this.current, draft: text }) || !canSend(this.current)) return false;
    clearTimeout(this.draftTimer);
    const requestId = ++this.lastRequestId;
    this.dispatch({ type: 'userSent', requestId, text });
    this.post({ type: 'send', requestId, text });
    return true;
  }

  /** Shows older messages: first those already loaded, then a page from the host. */
  loadOlder(): void {
    const { loadingOlder, messages, shown } = this.current;
    const first = messages[0];
    if (loadingOlder || first === undefined || !hasOlder(this.current)) return;
    if (shown >= messages.length) this.post({ type: 'loadOlder', before: first.id });
    this.dispatch({ type: 'olderWanted' });
  }

  /** Asks for an image to show; once a page, however often it is shown. */
  needImage(fileId: string): void {
    if (this.imagesAsked.has(fileId)) return;
    this.imagesAsked.add(fileId);
    this.post({ type: 'needFile', fileId });
  }

  /** Asks for a file's name and size; once. */
  needFileInfo(fileId: string): void {
    if (this.infosAsked.has(fileId)) return;
    this.infosAsked.add(fileId);
    this.post({ type: 'needFileInfo', fileId });
  }

  /** Asks for what a message cites; once a page. */
  needCitations(messageId: string): void {
    if (this.passagesAsked.has(messageId)) return;
    this.passagesAsked.add(messageId);
    this.post({ type: 'needCitations', messageId });
  }

  /** Asks for what a search has found; once a page. */
  needPassages(call: { runId: string; stepId: string; callId: string }): void {
    const key = searchKey(call);
    if (this.passagesAsked.has(key)) return;
    this.passagesAsked.add(key);
    this.post({ type: 'needPassages', ...call });
  }

  /** Runs a command of the palette. */
  command(command: ChatCommand): void {
    this.post({ type: 'command', command });
  }

  post(message: ChatMessage): void {
    this.host.post(message);
  }

  private dispatch(action: Action): void {
    const before = this.current;
    this.current = reduce(before, action);
    if (this.current === before) return;
    if (this.current.draft !== before.draft || this.current.threadId !== before.threadId) this.saveDraft();
    if (this.current.threadId !== before.threadId) {
      this.imagesAsked.clear();
      this.passagesAsked.clear();
    }
    this.changed();
  }

  private saveDraft(): void {
    // Until the host has sent its draft, the saved one may belong to a thread that is not known yet.
    if (this.current.saved?.draft !== this.current.draft) this.save();
  }

  private save(): void {
    const { saved, host, draft } = this.current;
    const threadId = saved?.draft === draft ? saved.threadId : (host.thread?.id ?? null);
    this.host.save({ threadId, draft, callDrafts: this.callDraftsUntold });
  }
}
