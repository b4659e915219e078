import type { CallHandler } from '../../../../src/protocol/functionCalls';
import { usePanel } from '../../../context';
import { visible } from '../../../hiddenCharacters';
import { Button } from '../../ui/Button';
import { Checkbox } from '../../ui/Checkbox';
import { TextButton } from '../../ui/TextButton';
import { CallDetails } from './CallDetails';
import { CancelRun } from './CancelRun';
import { CallIntroduction, type CallFormProps } from './CallFormParts';

export interface ToolFormProps extends CallFormProps {
  handler: Extract<CallHandler, { kind: 'editorTool' | 'workspaceFunction' }>;
  run: (always: boolean) => void;
}

/** Asks whether a tool of VS Code, or a program of the workspace, may answer a call. */
export function ToolForm({ call, handler, draft, changeDraft, run, answerByHand }: ToolFormProps) {
  const { strings } = usePanel();
  const canAlwaysAllow = handler.kind === 'editorTool' && handler.canAlwaysAllow;
  const always = canAlwaysAllow && draft.always === true;
  return (
    <div class="call-form">
      <CallIntroduction call={call} />
      {handler.kind === 'workspaceFunction' && (
        <dl class="call-arguments">
          <Fact name={strings.workspaceFile} value={handler.file} />
          <Fact name={strings.workspaceCommand} value={handler.command} />
        </dl>
      )}
      <CallDetails json={call.arguments} schema={call.parameters} output={null} isRunning={false} />
      {canAlwaysAllow && (
        <div class="call-output">
          <Checkbox checked={always} onChange={(now) => changeDraft({ always: now })}>
            {strings.alwaysAllow}
          </Checkbox>
        </div>
      )}
      <div class="call-form-buttons">
        <Button primary onClick={() => run(always)}>
          {call.error === undefined ? strings.runCall : strings.runCallAgain}
        </Button>
        <TextButton onClick={() => answerByHand('output')}>{strings.answerMyself}</TextButton>
        <TextButton
          onClick={() => answerByHand('error', call.error ?? call.argumentsError ?? strings.declined)}
        >
          {strings.sendErrorInstead}
        </TextButton>
        <CancelRun />
      </div>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div class="call-argument">
      <dt class="call-argument-name">{name}</dt>
      <dd>
        <code class="code">{visible(value)}</code>
      </dd>
    </div>
  );
}
