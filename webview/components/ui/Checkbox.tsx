import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { CheckboxElement } from './toolkit';

export interface CheckboxProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** Its label. */
  children: ComponentChildren;
}

/** Something that is on or off. */
export function Checkbox({ checked, onChange, children }: CheckboxProps) {
  const element = useRef<CheckboxElement>(null);
  // An attribute would only be its value at the start.
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
