import { useEffect, useRef } from 'preact/hooks';
import type { TextAreaElement } from './toolkit';
import './TextArea.css';

export interface TextAreaProps {
  label: string;
  placeholder: string;
  value: string;
  /** A new number other than 0 focuses the text area. */
  focusRequest: number;
  onInput: (value: string) => void;
  onBlur: () => void;
  /** Called on Enter, alone or with Ctrl or Cmd; not during IME composition. */
  onSubmit: () => void;
  /** Called on ↑ in the first line (1) and ↓ in the last (-1). Returns whether it has changed the text. */
  onRecall?: (step: 1 | -1) => boolean;
}

/** A multi-line text area that grows with its text, up to a part of the window. */
export function TextArea(props: TextAreaProps) {
  const { label, placeholder, value, focusRequest, onInput, onBlur, onSubmit, onRecall } = props;
  const element = useRef<TextAreaElement>(null);

  // The toolkit sets its label to “Text area” when the element is connected.
  useEffect(() => element.current?.setAttribute('aria-label', label), [label]);
  useEffect(() => {
    if (focusRequest > 0) element.current?.focus();
  }, [focusRequest]);

  return (
    <vscode-text-area
      ref={element}
      class="text-area"
      rows={1}
      resize="none"
      placeholder={placeholder}
      value={value}
      onInput={(event: Event) => onInput((event.currentTarget as TextAreaElement).value)}
      onBlur={onBlur}
      onKeyDown={(event: KeyboardEvent) => {
        // WebKit and old input methods report the Enter that ends a composition as key code 229.
        const composing = event.isComposing || event.keyCode === 229;
        const step = composing ? undefined : recallStep(event);
        if (step !== undefined && onRecall?.(step)) return event.preventDefault();
        if (event.key !== 'Enter' || composing || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onSubmit();
      }}
    />
  );
}

/** 1 for ↑ in the first line, -1 for ↓ in the last; undefined for other keys and places. */
function recallStep(event: KeyboardEvent): 1 | -1 | undefined {
  const step = { ArrowUp: 1, ArrowDown: -1 }[event.key] as 1 | -1 | undefined;
  if (step === undefined || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey)
    return undefined;
  const { control, value } = event.currentTarget as TextAreaElement & { control?: HTMLTextAreaElement };
  const [from, to] = [control?.selectionStart ?? 0, control?.selectionEnd ?? value.length];
  const passed = step > 0 ? value.slice(0, from) : value.slice(to);
  return from === to && !passed.includes('\n') ? step : undefined;
}
