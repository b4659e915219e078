import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { CheckboxElement } from './toolkit';

export interface CheckboxProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** Its label. */
  children: ComponentChildren;
}

/** A checkbox with a label. */
export function Checkbox({ checked, onChange, children }: CheckboxProps) {
  const element = useRef<CheckboxElement>(null);
  // The attribute would only set its initial value.
  useEffect(() => {
    if (element.current !== null) element.current.checked = checked;
  }, [checked]);
  return (
    <vscode-checkbox
      ref={element}
      onChange={(event: Event) => {
        const now = (event.currentTarget as CheckboxElement).checked;
        if (now !== checked) onChange(now);
      }}
    >
      {children}
    </vscode-checkbox>
  );
}
