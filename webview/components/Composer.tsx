import type { AssistantOption } from '../../src/protocol/chat';
import { fill, usePanel } from '../context';
import { isWaiting, pendingOf } from '../pendingCalls';
import { canSend, isActive, type PanelState } from '../state';
import { ErrorIcon, SendIcon, StopIcon } from './icons';
import { IconButton } from './ui/IconButton';
import { TextArea } from './ui/TextArea';
import './Composer.css';

/** Where the user writes. Typing is possible at all times, sending when no run is under way. */
export function Composer({ state, assistant }: { state: PanelState; assistant?: AssistantOption }) {
  const { panel, strings } = usePanel();
  const placeholder = isWaiting(pendingOf(state))
    ? strings.composerWaiting
    : fill(strings.composerPlaceholder, assistant?.name ?? strings.assistant);
  return (
    <div class="composer">
      {state.notSent !== undefined && (
        <p class="composer-not-sent" role="alert">
          <ErrorIcon />
          {fill(strings.notSent, state.notSent)}
        </p>
      )}
      <div class="composer-box">
        <TextArea
          label={strings.composerLabel}
          placeholder={placeholder}
          value={state.draft}
          focusRequest={state.focusRequests}
          onInput={(text) => panel.type(text)}
          onBlur={() => panel.tellDraft()}
          onSubmit={() => panel.send()}
        />
        <div class="composer-row">
          <Note state={state} assistant={assistant} />
          <SendOrStop state={state} />
        </div>
      </div>
    </div>
  );
}

function Note({ state, assistant }: { state: PanelState; assistant?: AssistantOption }) {
  const { strings } = usePanel();
  const wantsToSend = state.draft.trim() !== '';
  let note = assistant?.demo ? strings.demoNotice : (assistant?.model ?? '');
  if (state.host.loaded && assistant === undefined) note = strings.composerNoAssistant;
  else if (wantsToSend && isWaiting(pendingOf(state))) note = strings.composerWaiting;
  else if (wantsToSend && isActive(state.host.run)) note = strings.composerBlocked;
  return (
    <span class="composer-note" title={note}>
      {note}
    </span>
  );
}

function SendOrStop({ state }: { state: PanelState }) {
  const { panel, strings } = usePanel();
  const { run } = state.host;
  if (isActive(run)) {
    return (
      <IconButton
        label={strings.stop}
        kind="secondary"
        disabled={run?.status === 'cancelling'}
        onClick={() => panel.post({ type: 'stop' })}
      >
        <StopIcon />
      </IconButton>
    );
  }
  const disabled = state.draft.trim() === '' || !canSend(state);
  return (
    <IconButton label={strings.send} kind="primary" disabled={disabled} onClick={() => panel.send()}>
      <SendIcon />
    </IconButton>
  );
}
