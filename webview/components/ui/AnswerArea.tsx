import type { Ref } from 'preact';
import './AnswerArea.css';

export interface AnswerAreaProps {
  /** The id of its label. */
  labelledBy: string;
  /** The id of its description. */
  describedBy?: string;
  value: string;
  /** Whether its value cannot be submitted. */
  invalid?: boolean;
  areaRef?: Ref<HTMLTextAreaElement>;
  onInput: (value: string) => void;
  onBlur: () => void;
}

/**
 * A multi-line text field in a form. A native element, because the toolkit's cannot be labelled by
 * another element.
 */
export function AnswerArea(props: AnswerAreaProps) {
  const { labelledBy, describedBy, value, invalid = false, areaRef, onInput, onBlur } = props;
  return (
    <textarea
      ref={areaRef}
      class="answer-area"
      dir="auto"
      rows={2}
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      aria-invalid={invalid}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
      onBlur={onBlur}
    />
  );
}
