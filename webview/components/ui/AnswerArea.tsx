import type { Ref } from 'preact';
import './AnswerArea.css';

export interface AnswerAreaProps {
  /** The id of what it is named by. */
  labelledBy: string;
  /** The id of what explains it further. */
  describedBy?: string;
  value: string;
  /** Whether what is in it cannot be sent. */
  invalid?: boolean;
  areaRef?: Ref<HTMLTextAreaElement>;
  onInput: (value: string) => void;
  onBlur: () => void;
}

/**
 * Text of several lines in a form. A plain element and none of the toolkit's: that one cannot be named
 * by a text beside it.
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
