/** Drafts of the function-call forms: their JSON, and when they are sent to the host. */
import { isObject, parse } from '../src/protocol/json';
import { noAnswer, type Answer } from './components/calls/quiz/quiz';

/** The draft of all forms of one call. */
export interface CallDraft {
  /** In the order of the quiz's questions; may be shorter. */
  answers: Answer[];
  /** The output that the user has started to write. */
  output?: string | undefined;
  /** Set if the user writes the output, or an error, instead of using the quiz form or running the tool. */
  byHand?: 'output' | 'error' | undefined;
  /** The state of “Always allow”. */
  always?: boolean | undefined;
}

/** Parses a draft; ignores fields that are invalid, for example those of another version. */
export function readDraft(draft: string | undefined): CallDraft {
  const value = draft === undefined ? undefined : parse(draft);
  if (!isObject(value)) return { answers: [] };
  const { answers, output, byHand, always } = value;
  return {
    answers: Array.isArray(answers) ? answers.map(readAnswer) : [],
    ...(typeof output === 'string' && { output }),
    ...((byHand === 'output' || byHand === 'error') && { byHand }),
    ...(always === true && { always }),
  };
}

function readAnswer(value: unknown): Answer {
  if (!isObject(value)) return noAnswer;
  const { text, choice, skipped } = value;
  return {
    text: typeof text === 'string' ? text : '',
    choice: typeof choice === 'number' && Number.isInteger(choice) ? choice : undefined,
    skipped: skipped === true,
  };
}

export function writeDraft(draft: CallDraft): string {
  return JSON.stringify(draft);
}

/** The key of a call in a map. */
function callKey(runId: string, callId: string): string {
  return JSON.stringify([runId, callId]);
}

function isCallIds(value: unknown): value is [runId: string, callId: string] {
  return Array.isArray(value) && value.length === 2 && value.every((id) => typeof id === 'string');
}

/** Milliseconds without typing after which drafts are sent. */
const typingPause = 400;

export interface DraftSink {
  /** Sends a draft to the host. */
  send(runId: string, callId: string, draft: string): void;
  /** Stores, over a reload of the webview, the drafts that the host may not have. By {@link callKey}. */
  save(unsent: Record<string, string>): void;
}

/** The drafts of this page's forms; each is sent to the host once typing pauses. */
export class CallDrafts {
  /** By {@link callKey}. */
  private readonly drafts: Map<string, string>;
  private readonly unsent = new Map<string, [runId: string, callId: string]>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly sink: DraftSink,
    /** The last argument of `save` before the page was reloaded. */
    saved: Record<string, string>,
  ) {
    this.drafts = new Map(Object.entries(saved));
    for (const key of this.drafts.keys()) {
      const ids = parse(key);
      if (isCallIds(ids)) this.unsent.set(key, ids);
    }
  }

  /** The newest draft of a call: this page's, else the host's. */
  get(runId: string, callId: string, fromHost: string | undefined): string | undefined {
    return this.drafts.get(callKey(runId, callId)) ?? fromHost;
  }

  set(runId: string, callId: string, draft: string): void {
    const key = callKey(runId, callId);
    this.drafts.set(key, draft);
    this.unsent.set(key, [runId, callId]);
    this.save();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), typingPause);
  }

  /** Sends all unsent drafts now. */
  flush(): void {
    if (this.unsent.size === 0) return;
    this.flushAndKeep();
    this.unsent.clear();
    this.save();
  }

  /** Sends all unsent drafts, but keeps them stored: the page may be unloaded before they arrive. */
  flushAndKeep(): void {
    clearTimeout(this.timer);
    for (const [key, [runId, callId]] of this.unsent) {
      this.sink.send(runId, callId, this.drafts.get(key) ?? '');
    }
  }

  private save(): void {
    this.sink.save(
      Object.fromEntries([...this.unsent.keys()].map((key) => [key, this.drafts.get(key) ?? ''])),
    );
  }
}
