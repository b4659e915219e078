import { useRef } from 'preact/hooks';
import { maxAttachments, maxDroppedBytes } from '../../../src/protocol/attachments';
import type { AssistantOption } from '../../../src/protocol/chat';
import { maxMessageLength } from '../../../src/protocol/context';
import { sizeInWords } from '../../../src/protocol/text/fileSize';
import { fill, usePanel } from '../../context';
import { isWaiting, pendingOf } from '../calls/pendingCalls';
import { canQueue, canSend, hasMessage, isActive, type PanelState } from '../../state';
import { AttachmentChips } from './AttachmentChips';
import { ContextChips } from './ContextChips';
import { ContextPicker } from './ContextPicker';
import { inputIn } from './composerInput';
import { FileSearchHint } from './FileSearchHint';
import { RunMenus } from './RunMenus';
import { Queue } from './Queue';
import { AttachIcon, ErrorIcon, SendIcon, StopIcon } from '../ui/icons';
import { IconButton } from '../ui/IconButton';
import { TextArea } from '../ui/TextArea';
import './Composer.css';

/** The message input. Typing is always possible; while a run is active, messages are queued. */
export function Composer({ state, assistant }: { state: PanelState; assistant?: AssistantOption }) {
  const { panel, strings, number } = usePanel();
  const placeholder = isWaiting(pendingOf(state))
    ? strings.composerWaiting
    : fill(strings.composerPlaceholder, assistant?.name ?? strings.assistant);
  const box = useRef<HTMLDivElement>(null);
  const limit = sizeInWords(maxDroppedBytes, number);
  const attachLabel = fill(strings.attachFiles, String(maxAttachments), limit);

  /**
   * Attaches pasted files, unless the clipboard also holds text, as with the cells of a table. A text that is too
   * long for a message is attached as a file.
   */
  function onPaste(event: ClipboardEvent): void {
    const files = [...(event.clipboardData?.files ?? [])];
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (state.draft.length + text.length > maxMessageLength) {
      event.preventDefault();
      panel.droppedFiles.offer([new File([text], strings.pastedTextFile, { type: 'text/plain' })]);
      return;
    }
    if (files.length === 0 || event.clipboardData?.types.includes('text/plain')) return;
    event.preventDefault();
    panel.droppedFiles.offer(files);
  }

  /** Backspace at the beginning of the text goes to the last item of the context, which the next one removes. */
  function onKeyDown(event: KeyboardEvent): void {
    const input = inputIn(box.current);
    const isAtStart = input !== null && input.selectionStart === 0 && input.selectionEnd === 0;
    const isTyped = event.target instanceof Element && event.target.matches('vscode-text-area');
    if (event.key !== 'Backspace' || !isTyped || !isAtStart || state.context.length === 0) return;
    event.preventDefault();
    box.current?.querySelector<HTMLElement>('.context-chips > :last-child button')?.focus();
  }

  return (
    <div class="composer">
      {state.notSent !== undefined && (
        <p class="composer-not-sent" role="alert">
          <ErrorIcon />
          {fill(strings.notSent, state.notSent)}
        </p>
      )}
      <Queue queue={state.host.queue} />
      <FileSearchHint state={state} assistant={assistant} />
      <div class="composer-box" ref={box} onPaste={onPaste} onKeyDown={onKeyDown}>
        <ContextChips items={state.context} focusInput={() => inputIn(box.current)?.focus()} />
        <AttachmentChips attachments={state.attachments} fileTools={assistant?.fileTools ?? []} />
        <ContextPicker>
          <TextArea
            label={strings.composerLabel}
            placeholder={placeholder}
            value={state.draft}
            focusRequest={state.focusRequests}
            onInput={(text) => panel.type(text)}
            onBlur={() => panel.flushDraft()}
            onSubmit={() => panel.send()}
            onRecall={(step) => panel.recall(step)}
          />
        </ContextPicker>
        <Note state={state} />
        <div class="composer-row">
          <IconButton label={attachLabel} onClick={() => panel.post({ type: 'pickFiles' })}>
            <AttachIcon />
          </IconButton>
          <RunMenus host={state.host} assistant={assistant} />
          <span class="composer-space" />
          <SendOrStop state={state} />
        </div>
      </div>
    </div>
  );
}

/** Why the message cannot be sent yet. */
function Note({ state }: { state: PanelState }) {
  const { strings } = usePanel();
  const wantsToSend = state.draft.trim() !== '';
  let note: string | undefined;
  // Where there are assistants, their menu asks to choose one.
  if (state.host.loaded && state.host.assistants.length === 0) note = strings.composerNoAssistant;
  else if (wantsToSend && state.attachments.some(({ state: is }) => is === 'uploading'))
    note = strings.filesOnTheirWay;
  else if (wantsToSend && canQueue(state))
    note = isWaiting(pendingOf(state)) ? strings.composerQueuesAfterAnswers : strings.composerQueues;
  else if (wantsToSend && isActive(state.host.run)) note = strings.composerBlocked;
  if (note === undefined) return null;
  return <p class="composer-note">{note}</p>;
}

function SendOrStop({ state }: { state: PanelState }) {
  const { panel, strings } = usePanel();
  const { run } = state.host;
  if (isActive(run)) {
    return (
      <>
        {hasMessage(state) && canQueue(state) && (
          <IconButton label={strings.queueMessage} kind="primary" onClick={() => panel.send()}>
            <SendIcon />
          </IconButton>
        )}
        <IconButton
          label={strings.stop}
          kind="secondary"
          disabled={run?.status === 'cancelling'}
          onClick={() => {
            panel.post({ type: 'stop' });
            // The button goes when the run has ended.
            panel.focusComposer();
          }}
        >
          <StopIcon />
        </IconButton>
      </>
    );
  }
  const disabled = !hasMessage(state) || !canSend(state);
  return (
    <IconButton label={strings.send} kind="primary" disabled={disabled} onClick={() => panel.send()}>
      <SendIcon />
    </IconButton>
  );
}
