import { useRef } from 'preact/hooks';
import type { PendingCall } from '../../../src/protocol/functionCalls';
import type { Quiz } from '../../../src/protocol/quiz';
import { fill, usePanel } from '../../context';
import { ErrorIcon } from '../icons';
import { TextButton } from '../ui/TextButton';
import { CallDetails } from './CallDetails';
import type { WaitingCall } from './FunctionCard';
import { LockedQuiz } from './LockedQuiz';
import { OutputForm } from './OutputForm';
import { QuizForm } from './QuizForm';
import { ToolForm } from './ToolForm';
import { useCallDraft } from './useCallDraft';

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

/** The form of a call that waits, or how it goes with the answer. */
export function WaitingBody(props: WaitingBodyProps) {
  const { runId, call, quiz, focusFrame } = props;
  const { panel } = usePanel();
  const [draft, changeDraft] = useCallDraft(runId, call);
  const ids = { runId, callId: call.callId };

  /** The call as it was when something was asked of the host: a second click asks nothing more. */
  const asked = useRef<typeof call | undefined>(undefined);
  function once(act: () => void): void {
    if (asked.current === call) return;
    asked.current = call;
    act();
    focusFrame();
  }

  const answer = (output: string): void =>
    once(() => {
      panel.callDrafts.tell();
      panel.post({ type: 'answerCall', ...ids, output });
    });

  const form: CallFormProps = {
    ...props,
    draft,
    changeDraft,
    answer,
    answerByHand: (byHand, text) => {
      changeDraft({ byHand, output: draft.output ?? text });
      focusFrame();
    },
  };

  const { answerer, state } = call;
  switch (state) {
    case 'running':
      return <Running {...props} stop={() => once(() => panel.post({ type: 'stopCall', ...ids }))} />;
    case 'answered':
    case 'sending':
      return (
        <Answered
          {...props}
          change={() => once(() => panel.post({ type: 'reopenCall', ...ids }))}
          again={() => answer(call.output ?? '')}
        />
      );
    case 'waiting':
      if (quiz !== undefined && draft.byHand === undefined) return <QuizForm {...form} quiz={quiz} />;
      if (
        (answerer.kind === 'editorTool' || answerer.kind === 'workspaceFunction') &&
        draft.byHand === undefined
      ) {
        const run = (always: boolean) => once(() => panel.post({ type: 'runCall', ...ids, always }));
        return <ToolForm {...form} answerer={answerer} run={run} />;
      }
      return <OutputForm {...form} />;
  }
}

/** A tool or a program at work. */
function Running({ call, stop }: WaitingBodyProps & { stop: () => void }) {
  const { strings } = usePanel();
  return (
    <>
      <CallDetails json={call.arguments} schema={call.parameters} output={null} isRunning={false} />
      <div class="call-actions">
        <TextButton onClick={stop}>{strings.stop}</TextButton>
      </div>
    </>
  );
}

interface AnsweredProps extends WaitingBodyProps {
  change: () => void;
  /** Submits the outputs that could not be submitted. */
  again: () => void;
}

/** A call with its output: the others are waited for, it is on its way, or it was not taken. */
function Answered({ call, quiz, othersOpen, change, again }: AnsweredProps) {
  const { strings } = usePanel();
  const hasFailed = call.state === 'answered' && call.fault !== undefined;
  const isSending = call.state === 'sending' || othersOpen === 0;
  const waitingFor =
    othersOpen === 1 ? strings.answeredWaitingOne : fill(strings.answeredWaiting, String(othersOpen));
  return (
    <>
      {quiz === undefined ? (
        <CallDetails
          json={call.arguments}
          schema={call.parameters}
          output={call.output ?? null}
          isRunning={false}
        />
      ) : (
        <LockedQuiz quiz={quiz} output={call.output ?? null} />
      )}
      {hasFailed && <CallProblem text={call.fault} />}
      <div class="call-actions">
        {hasFailed ? (
          <TextButton onClick={again}>{strings.tryAgain}</TextButton>
        ) : (
          <span class="call-progress">{isSending ? strings.answerSending : waitingFor}</span>
        )}
        {call.state === 'answered' && <TextButton onClick={change}>{strings.changeAnswer}</TextButton>}
      </div>
    </>
  );
}

/** What a form begins with: what is wrong with its call, and what the function is for. */
export function CallIntroduction({ call }: { call: PendingCall }) {
  return (
    <>
      <CallProblem text={call.fault} />
      <CallProblem text={call.problem} />
      {call.description !== undefined && (
        <p class="call-description" dir="auto">
          {call.description}
        </p>
      )}
    </>
  );
}

/** What is wrong with a call, if anything is. */
export function CallProblem({ text }: { text: string | undefined }) {
  if (text === undefined || text === '') return null;
  return (
    <p class="call-problem" dir="auto">
      <ErrorIcon />
      {text}
    </p>
  );
}
