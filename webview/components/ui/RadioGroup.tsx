import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import './RadioGroup.css';

export interface RadioGroupProps {
  /** The group's label. */
  legend: ComponentChildren;
  options: ComponentChildren[];
  /** The index of the selected option. */
  value: number | undefined;
  /** The id of its description. */
  describedBy?: string;
  disabled?: boolean;
  onChange?: (value: number) => void;
}

/**
 * A group of radio buttons. Native elements, because the toolkit's group has no legend and its buttons
 * lack the browser's keyboard behaviour.
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
