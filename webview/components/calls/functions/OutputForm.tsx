import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { errorOutput } from '../../../../src/protocol/functionCalls';
import { fill, usePanel } from '../../../context';
import { ErrorIcon } from '../../ui/icons';
import { AnswerArea } from '../../ui/AnswerArea';
import { Button } from '../../ui/Button';
import { TextButton } from '../../ui/TextButton';
import { CallDetails } from './CallDetails';
import { CancelRun } from './CancelRun';
import { submitOnKey } from './submitOnKey';
import { CallIntroduction, CallError, type CallFormProps } from './CallFormParts';

/** A form for the output of any function, or for an error. */
export function OutputForm(props: CallFormProps) {
  const { call, draft, changeDraft, answer, focusFrame } = props;
  const { panel, strings } = usePanel();
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [tried, setTried] = useState(false);
  // Focus the text only if the card has the focus: the user then asked for this form.
  useEffect(() => {
    if (area.current?.closest('.call') === document.activeElement) area.current?.focus();
  }, []);

  const text = draft.output ?? call.argumentsError ?? '';
  const missing = tried && text.trim() === '';
  const isError = (draft.byHand ?? (call.argumentsError === undefined ? 'output' : 'error')) === 'error';

  function send(output: string): void {
    if (text.trim() !== '') {
      answer(output);
      return;
    }
    setTried(true);
    area.current?.focus();
  }
  const sendOutput = () => send(text);
  const sendError = () => send(errorOutput(text));

  function goBack(): void {
    changeDraft({ byHand: undefined });
    focusFrame();
  }

  return (
    <div class="call-form" onKeyDown={submitOnKey(isError ? sendError : sendOutput)}>
      {call.handler.kind === 'refused' && <CallError text={fill(strings.callRefused, call.handler.reason)} />}
      <CallIntroduction call={call} />
      <CallDetails json={call.arguments} schema={call.parameters} output={null} isRunning={false} />
      <div class="call-output">
        <label id={id} class="call-output-label">
          {isError ? strings.errorMessage : strings.callOutput}
        </label>
        <AnswerArea
          areaRef={area}
          labelledBy={id}
          describedBy={missing ? `${id}-missing` : undefined}
          invalid={missing}
          value={text}
          onInput={(output) => changeDraft({ output })}
          onBlur={() => panel.callDrafts.flush()}
        />
        <p class="quiz-missing" id={`${id}-missing`} role="status">
          {missing && (
            <>
              <ErrorIcon />
              {strings.outputMissing}
            </>
          )}
        </p>
      </div>
      <div class="call-form-buttons">
        <Button primary={!isError} onClick={sendOutput}>
          {strings.send}
        </Button>
        <Button primary={isError} onClick={sendError}>
          {strings.sendError}
        </Button>
        {draft.byHand !== undefined && <TextButton onClick={goBack}>{strings.back}</TextButton>}
        <CancelRun />
      </div>
    </div>
  );
}
