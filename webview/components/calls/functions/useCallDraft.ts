import { useRef, useState } from 'preact/hooks';
import type { PendingCall } from '../../../../src/protocol/functionCalls';
import { readDraft, writeDraft, type CallDraft } from '../../../callDrafts';
import { usePanel } from '../../../context';

/** What becomes of some of it; from what it is at that moment, which may not be drawn yet. */
export type DraftChange = Partial<CallDraft> | ((newest: CallDraft) => Partial<CallDraft>);

/** What is filled in of a call's forms, which outlives them, and a way to change some of it. */
export function useCallDraft(
  runId: string,
  { callId, draft: fromHost }: PendingCall,
): [CallDraft, (change: DraftChange) => void] {
  const { callDrafts } = usePanel().panel;
  const [draft, setDraft] = useState(() => readDraft(callDrafts.get(runId, callId, fromHost)));
  const newest = useRef(draft);

  function change(part: DraftChange): void {
    const changed = typeof part === 'function' ? part(newest.current) : part;
    newest.current = { ...newest.current, ...changed };
    setDraft(newest.current);
    callDrafts.set(runId, callId, writeDraft(newest.current));
  }

  return [draft, change];
}
