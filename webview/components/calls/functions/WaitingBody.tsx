import { useRef } from 'preact/hooks';
import { fill, usePanel } from '../../../context';
import { TextButton } from '../../ui/TextButton';
import { CallDetails } from './CallDetails';
import { CallError, type CallFormProps, type WaitingBodyProps } from './CallFormParts';
import { LockedQuiz } from '../quiz/LockedQuiz';
import { OutputForm } from './OutputForm';
import { QuizForm } from '../quiz/QuizForm';
import { ToolForm } from './ToolForm';
import { useCallDraft } from './useCallDraft';

/** The body of a pending call's card: a form, or the state of its answer. */
export function WaitingBody(props: WaitingBodyProps) {
  const { runId, call, quiz, focusFrame } = props;
  const { panel } = usePanel();
  const [draft, changeDraft] = useCallDraft(runId, call);
  const ids = { runId, callId: call.callId };

  /** The call's state at the last request to the host: a second click is ignored until it changes. */
  const asked = useRef<typeof call | undefined>(undefined);
  function once(act: () => void): void {
    if (asked.current === call) return;
    asked.current = call;
    act();
    focusFrame();
  }

  const answer = (output: string): void =>
    once(() => {
      panel.callDrafts.flush();
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

  const { handler, state } = call;
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
        (handler.kind === 'editorTool' || handler.kind === 'workspaceFunction') &&
        draft.byHand === undefined
      ) {
        const run = (always: boolean) => once(() => panel.post({ type: 'runCall', ...ids, always }));
        return <ToolForm {...form} handler={handler} run={run} />;
      }
      return <OutputForm {...form} />;
  }
}

/** A tool or a program that is running. */
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
  /** Submits the outputs again after a failure. */
  again: () => void;
}

/** A call with its output: it waits for the other calls, is being sent, or could not be sent. */
function Answered({ call, quiz, othersOpen, change, again }: AnsweredProps) {
  const { strings } = usePanel();
  const hasFailed = call.state === 'answered' && call.error !== undefined;
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
      {hasFailed && <CallError text={call.error} />}
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
