import { useEffect, useRef } from 'preact/hooks';
import type { TextAreaElement } from './toolkit';
import './TextArea.css';

export interface TextAreaProps {
  label: string;
  placeholder: string;
  value: string;
  /** A new number puts the focus here; 0 does not. */
  focusRequest: number;
  onInput: (value: string) => void;
  onBlur: () => void;
  /** Enter, alone or with Ctrl or Cmd; not while a word is being composed. */
  onSubmit: () => void;
}

/** Text of several lines; grows with it up to a part of the window. */
export function TextArea(props: TextAreaProps) {
  const { label, placeholder, value, focusRequest, onInput, onBlur, onSubmit } = props;
  const element = useRef<TextAreaElement>(null);

  // The toolkit names itself «Text area» when it enters the page.
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
        // Safari's engine and old input methods report the Enter that ends a composition as 229.
        const composing = event.isComposing || event.keyCode === 229;
        if (event.key !== 'Enter' || composing || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onSubmit();
      }}
    />
  );
}
