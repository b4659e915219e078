/** Props and elements that the forms of function calls share. */
import type { PendingCall } from '../../../../src/protocol/functionCalls';
import type { Quiz } from '../../../../src/protocol/quiz';
import { ErrorIcon } from '../../ui/icons';
import type { useCallDraft } from './useCallDraft';

/** A pending call of a run. */
export interface WaitingCall {
  runId: string;
  call: PendingCall;
  /** How many other calls of the run are still open. */
  othersOpen: number;
}

export interface WaitingBodyProps extends WaitingCall {
  /** Set if the call asks a quiz. */
  quiz: Quiz | undefined;
  /** Focuses the card, because the focused element is about to be removed. */
  focusFrame: () => void;
}

/** The props of every form. */
export interface CallFormProps extends WaitingBodyProps {
  draft: ReturnType<typeof useCallDraft>[0];
  changeDraft: ReturnType<typeof useCallDraft>[1];
  answer: (output: string) => void;
  /** Switches to the form for any output or error, with an initial text. */
  answerByHand: (as: 'output' | 'error', text?: string) => void;
}

/** The top of a form: the call's errors, and the function's description. */
export function CallIntroduction({ call }: { call: PendingCall }) {
  return (
    <>
      <CallError text={call.error} />
      <CallError text={call.argumentsError} />
      {call.description !== undefined && (
        <p class="call-description" dir="auto">
          {call.description}
        </p>
      )}
    </>
  );
}

/** An error message, or nothing if the text is empty. */
export function CallError({ text }: { text: string | undefined }) {
  if (text === undefined || text === '') return null;
  return (
    <p class="call-error-text" dir="auto">
      <ErrorIcon />
      {text}
    </p>
  );
}
