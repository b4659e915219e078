import { useEffect, useRef } from 'preact/hooks';
import type { DropdownElement } from './toolkit';

export interface DropdownProps {
  label: string;
  /** Each `value` is unique. */
  options: { value: string; text: string }[];
  /** If undefined, the placeholder is shown. */
  value: string | undefined;
  placeholder: string;
  onChange: (value: string) => void;
}

/** A drop-down list. */
export function Dropdown({ label, options, value, placeholder, onChange }: DropdownProps) {
  const element = useRef<DropdownElement>(null);
  const shown = value ?? '';
  const all = value === undefined ? [{ value: '', text: placeholder }, ...options] : options;

  // The toolkit reads its options asynchronously, and then sets its label to “Dropdown”.
  useEffect(() => {
    const dropdown = element.current;
    if (dropdown === null) return;
    dropdown.value = shown;
    dropdown.setAttribute('aria-label', label);
  });

  return (
    <vscode-dropdown
      // Recreate the element if options change: the toolkit keeps the selected index, not the value.
      key={JSON.stringify(all)}
      ref={element}
      class="dropdown"
      title={all.find((option) => option.value === shown)?.text}
      onChange={(event: Event) => {
        const chosen = (event.currentTarget as DropdownElement).value;
        if (chosen !== shown && chosen !== '') onChange(chosen);
      }}
    >
      {all.map((option) => (
        <vscode-option key={option.value} value={option.value} selected={option.value === shown}>
          {option.text}
        </vscode-option>
      ))}
    </vscode-dropdown>
  );
}
