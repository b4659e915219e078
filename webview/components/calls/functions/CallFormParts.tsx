/** What the forms of calls have in common. */
import type { PendingCall } from '../../../../src/protocol/functionCalls';
import type { Quiz } from '../../../../src/protocol/quiz';
import { ErrorIcon } from '../../ui/icons';
import type { useCallDraft } from './useCallDraft';

/** A call that waits for its output. */
export interface WaitingCall {
  runId: string;
  call: PendingCall;
  /** How many other calls of the run are still open. */
  othersOpen: number;
}

export interface WaitingBodyProps extends WaitingCall {
  /** The quiz that the call asks for, if it is one. */
  quiz: Quiz | undefined;
  /** Puts the focus on the card: what had it is about to go. */
  focusFrame: () => void;
}

/** What every form of a call is given. */
export interface CallFormProps extends WaitingBodyProps {
  draft: ReturnType<typeof useCallDraft>[0];
  changeDraft: ReturnType<typeof useCallDraft>[1];
  answer: (output: string) => void;
  /** Opens the form in which any output can be written, with a text to begin with. */
  answerByHand: (as: 'output' | 'error', text?: string) => void;
}

/** What a form begins with: what is wrong with its call, and what the function is for. */
export function CallIntroduction({ call }: { call: PendingCall }) {
  return (
    <>
      <CallError text={call.fault} />
      <CallError text={call.problem} />
      {call.description !== undefined && (
        <p class="call-description" dir="auto">
          {call.description}
        </p>
      )}
    </>
  );
}

/** What is wrong with a call, if anything is. */
export function CallError({ text }: { text: string | undefined }) {
  if (text === undefined || text === '') return null;
  return (
    <p class="call-problem" dir="auto">
      <ErrorIcon />
      {text}
    </p>
  );
}
