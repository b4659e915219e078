import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import './RadioGroup.css';

export interface RadioGroupProps {
  /** What the choice is about. */
  legend: ComponentChildren;
  options: ComponentChildren[];
  /** The place of the chosen one. */
  value: number | undefined;
  /** The id of what explains it further. */
  describedBy?: string;
  disabled?: boolean;
  onChange?: (value: number) => void;
}

/**
 * A choice of one. Plain elements and none of the toolkit's: its group takes no legend, and hides its
 * buttons from the browser's own ways of choosing.
 */
export function RadioGroup(props: RadioGroupProps) {
  const { legend, options, value, describedBy, disabled = false, onChange } = props;
  const name = useId();
  return (
    <fieldset class="radio-group" disabled={disabled} aria-describedby={describedBy}>
      <legend class="radio-legend">{legend}</legend>
      {options.map((option, index) => (
        <label key={index} class="radio" dir="auto">
          <input
            type="radio"
            class="radio-button"
            name={name}
            checked={index === value}
            onChange={() => onChange?.(index)}
          />
          <span class="radio-text">{option}</span>
        </label>
      ))}
    </fieldset>
  );
}
