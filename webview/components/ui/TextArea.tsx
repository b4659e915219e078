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
}

/** A multi-line text area that grows with its text, up to a part of the window. */
export function TextArea(props: TextAreaProps) {
  const { label, placeholder, value, focusRequest, onInput, onBlur, onSubmit } = props;
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
        if (event.key !== 'Enter' || composing || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onSubmit();
      }}
    />
  );
}
