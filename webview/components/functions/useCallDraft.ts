import { useRef, useState } from 'preact/hooks';
import type { PendingCall } from '../../../src/protocol/functionCalls';
import { readDraft, writeDraft, type CallDraft } from '../../callDrafts';
import { usePanel } from '../../context';

/** What is filled in of a call's forms, which outlives them, and a way to change some of it. */
export function useCallDraft(
  runId: string,
  { callId, draft: fromHost }: PendingCall,
): [CallDraft, (change: Partial<CallDraft>) => void] {
  const { callDrafts } = usePanel().panel;
  const [draft, setDraft] = useState(() => readDraft(callDrafts.get(runId, callId, fromHost)));
  const newest = useRef(draft);

  function change(part: Partial<CallDraft>): void {
    newest.current = { ...newest.current, ...part };
    setDraft(newest.current);
    callDrafts.set(runId, callId, writeDraft(newest.current));
  }

  return [draft, change];
}
