import { useRef, useState } from 'preact/hooks';
import type { PendingCall } from '../../../../src/protocol/functionCalls';
import { readDraft, writeDraft, type CallDraft } from '../../../callDrafts';
import { usePanel } from '../../../context';

/** The changed fields, or a function from the newest draft, which may not be rendered yet, to them. */
export type DraftChange = Partial<CallDraft> | ((newest: CallDraft) => Partial<CallDraft>);

/** The draft of a call's forms, which outlives them, and a function to change it. */
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
