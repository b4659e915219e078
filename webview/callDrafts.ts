/** What is filled in of the forms of function calls: how it is written down, and who keeps it. */
import { isObject, parse } from '../src/protocol/json';
import { noAnswer, type Answer } from './components/calls/quiz/quiz';

/** Everything the forms of one call hold. */
export interface CallDraft {
  /** In the order of the quiz's questions; those at the end may be missing. */
  answers: Answer[];
  /** The output the user writes, once begun. */
  output?: string | undefined;
  /** Set where the user answers in the place of the tool or of the quiz's form: with an output, or an error. */
  byHand?: 'output' | 'error' | undefined;
  /** Whether a tool is to run unasked from now on. */
  always?: boolean | undefined;
}

/** Reads a draft that may be of another version, or no draft at all. */
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

/** Names a call in a table. */
function callKey(runId: string, callId: string): string {
  return JSON.stringify([runId, callId]);
}

function isCallIds(value: unknown): value is [runId: string, callId: string] {
  return Array.isArray(value) && value.length === 2 && value.every((id) => typeof id === 'string');
}

/** How long typing pauses before a draft is told, in milliseconds. */
const typingPause = 400;

export interface DraftSink {
  /** Tells the host of a draft. */
  send(runId: string, callId: string, draft: string): void;
  /** Keeps the drafts the host may not have over a reload of the webview. */
  save(unsent: Record<string, string>): void;
}

/** The drafts of this page's forms; the host hears of each once typing pauses. */
export class CallDrafts {
  /** All that was typed here, by {@link callKey}. */
  private readonly drafts: Map<string, string>;
  private readonly unsent = new Map<string, [runId: string, callId: string]>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly sink: DraftSink,
    /** What `save` was given before the page was reloaded. */
    saved: Record<string, string>,
  ) {
    this.drafts = new Map(Object.entries(saved));
    for (const key of this.drafts.keys()) {
      const ids = parse(key);
      if (isCallIds(ids)) this.unsent.set(key, ids);
    }
  }

  /** The newest draft of a call: that of this page, else the one the host has. */
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

  /** Tells the host of all it has not heard of. */
  flush(): void {
    if (this.unsent.size === 0) return;
    this.flushAndKeep();
    this.unsent.clear();
    this.save();
  }

  /** The same where the page may be gone before the host hears of it: the drafts are kept as well. */
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
