import type { CodeInterpreterToolCall, RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import { callState, callSummary, callTitle, hasOutput, stepEndedAt, type CallState } from './calls';
import { measuredSeconds } from '../../../src/protocol/turns';
import { formatDuration, fill, usePanel } from '../../context';
import { memo } from '../../memo';
import { CallFrame } from './CallFrame';
import { useElapsed } from './useElapsed';
import { Excerpt } from '../code/Excerpt';
import { FileImage } from '../files/FileImage';
import { SearchDetails } from './SearchDetails';
import { TextButton } from '../ui/TextButton';
import './CallCard.css';

/** Images of one call that are shown; the output document has all of them. */
const maxImages = 20;

export interface CallCardProps {
  step: RunStep;
  call: ToolCall;
  /** Whether it is the last call of its step; it then shows the step's duration. */
  isLast: boolean;
  /** Whether it is the last call of the conversation. */
  isNewest: boolean;
}

/** A call of a built-in tool: its state, input and output. */
export const CallCard = memo(function CallCard({ step, call, isLast, isNewest }: CallCardProps) {
  const { strings, number } = usePanel();
  const state = callState(step, call);
  const title = callTitle(call, state, strings);
  return (
    <CallFrame
      state={state}
      title={title}
      label={title}
      summary={callSummary(call, strings, number)}
      time={isLast && <StepTime step={step} />}
      isNewest={isNewest}
      foldable
    >
      <Details step={step} call={call} state={state} />
      {step.last_error !== null && <p class="call-note">{step.last_error.message}</p>}
      <CallActions step={step} call={call} state={state} />
    </CallFrame>
  );
});

/** Seconds up to which tenths are shown. */
const maxTenths = 60;

/** A step's duration so far, or in total, with tenths if it was measured; nothing if its times are no numbers. */
export function StepTime({ step }: { step: RunStep }) {
  const { strings, number } = usePanel();
  const isRunning = step.status === 'in_progress';
  const elapsed = useElapsed(step.created_at * 1000, stepEndedAt(step), isRunning);
  if (!Number.isFinite(elapsed)) return null;
  const measured = measuredSeconds(step);
  const isShort = !isRunning && measured !== undefined && measured < maxTenths;
  const time = isShort ? fill(strings.seconds, number(measured)) : formatDuration(elapsed);
  return (
    <span class="call-time" title={fill(strings.elapsedTime, time)}>
      {time}
    </span>
  );
}

function Details({ step, call, state }: { step: RunStep; call: ToolCall; state: CallState }) {
  switch (call.type) {
    case 'code_interpreter':
      return <CodeDetails code={call.code_interpreter} state={state} />;
    case 'file_search':
      return <SearchDetails step={step} call={call} state={state} />;
    case 'function':
      return null;
  }
}

function CodeDetails({
  code,
  state,
}: {
  code: CodeInterpreterToolCall['code_interpreter'];
  state: CallState;
}) {
  const { strings } = usePanel();
  const isRunning = state === 'running';
  const logs = code.outputs.map((output) => (output.type === 'logs' ? output.logs : '')).join('');
  const images = code.outputs.flatMap((output) => (output.type === 'image' ? [output.image.file_id] : []));
  // While code is being written, show its end; once it has output, its beginning.
  const isWriting = isRunning && code.outputs.length === 0;
  return (
    <>
      {code.input !== '' && (
        <Excerpt
          label={strings.callInput}
          text={code.input}
          language="python"
          growing={isRunning}
          fromEnd={isWriting}
        />
      )}
      {logs.trim() !== '' && (
        <Excerpt
          label={strings.callOutput}
          text={logs}
          language=""
          growing={isRunning}
          fromEnd={isRunning || state === 'error'}
        />
      )}
      {images.length > 0 && (
        <div class="call-images">
          {images.slice(0, maxImages).map((fileId, index) => (
            <FileImage key={index} fileId={fileId} />
          ))}
        </div>
      )}
      {state === 'done' && code.outputs.length === 0 && <p class="call-note">{strings.noOutput}</p>}
    </>
  );
}

interface CallActionsProps {
  step: RunStep;
  call: ToolCall;
  state: CallState;
  isQuiz?: boolean;
}

/** Buttons that open a call's input and output, and what was sent to the model, as documents. */
export function CallActions({ step, call, state, isQuiz = false }: CallActionsProps) {
  const { panel, strings } = usePanel();
  const ids = { runId: step.run_id, stepId: step.id, callId: call.id };
  const isShownWhole = call.type === 'file_search';
  if (call.id === '') return null;
  return (
    <div class="call-actions">
      {isQuiz && (
        <TextButton onClick={() => panel.post({ type: 'exportQuiz', ...ids })}>
          {strings.quizExport}
        </TextButton>
      )}
      {isShownWhole || (
        <TextButton onClick={() => panel.post({ type: 'viewStepInput', ...ids })}>
          {strings.viewInput}
        </TextButton>
      )}
      {!isShownWhole && (hasOutput(call) || state === 'running') && (
        <TextButton onClick={() => panel.post({ type: 'viewStepOutput', ...ids })}>
          {strings.viewOutput}
        </TextButton>
      )}
      <TextButton
        onClick={() => panel.post({ type: 'showStepRequest', runId: step.run_id, stepId: step.id })}
      >
        {strings.showModelRequest}
      </TextButton>
    </div>
  );
}
