import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { usePanel } from '../../context';
import { Button } from './Button';
import './EditBox.css';

export interface EditBoxProps {
  label: string;
  text: string;
  /** The label of the button that submits. */
  submitLabel: string;
  /** Whether an empty text can be submitted. */
  canBeEmpty?: boolean;
  /** Rejects with the reason if the text was not taken. */
  onSubmit: (text: string) => Promise<void>;
  onCancel: () => void;
  /** What belongs to the text, shown below it. */
  children?: ComponentChildren;
}

/** A text that is edited in its place: Enter submits it, Escape cancels. */
export function EditBox(props: EditBoxProps) {
  const { label, text, submitLabel, canBeEmpty = false, onSubmit, onCancel, children } = props;
  const { strings } = usePanel();
  const [value, setValue] = useState(text);
  const [isSending, setSending] = useState(false);
  const [reason, setReason] = useState<string>();
  const area = useRef<HTMLTextAreaElement>(null);
  const canSubmit = !isSending && (canBeEmpty || value.trim() !== '');

  useLayoutEffect(() => {
    area.current?.focus();
    area.current?.setSelectionRange(area.current.value.length, area.current.value.length);
  }, []);

  function submit(): void {
    if (!canSubmit) return;
    setSending(true);
    setReason(undefined);
    onSubmit(value).then(
      () => setSending(false),
      (error: unknown) => {
        setSending(false);
        setReason(error instanceof Error ? error.message : String(error));
      },
    );
  }

  function onKeyDown(event: KeyboardEvent): void {
    // WebKit and old input methods report the Enter that ends a composition as key code 229.
    const isComposing = event.isComposing || event.keyCode === 229;
    if (isComposing) return;
    if (event.key === 'Escape') onCancel();
    else if (event.key === 'Enter' && !event.shiftKey && !event.altKey) submit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div class="edit-box">
      <textarea
        ref={area}
        class="edit-area"
        dir="auto"
        rows={2}
        aria-label={label}
        value={value}
        readOnly={isSending}
        onInput={(event) => setValue(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {children}
      {reason !== undefined && (
        <p class="edit-error" role="alert">
          {reason}
        </p>
      )}
      <div class="edit-buttons">
        <Button primary disabled={!canSubmit} onClick={submit}>
          {submitLabel}
        </Button>
        <Button onClick={onCancel}>{strings.editCancel}</Button>
      </div>
    </div>
  );
}
