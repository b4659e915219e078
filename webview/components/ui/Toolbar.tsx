import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { arrowTarget, horizontal } from './arrowTarget';

/** A row of buttons that is one stop of the Tab key; the arrow keys move between its buttons. */
export function Toolbar({
  label,
  class: name,
  children,
}: {
  label: string;
  class: string;
  children: ComponentChildren;
}) {
  const root = useRef<HTMLDivElement>(null);

  // Buttons may come and go: exactly one of them is the stop.
  useLayoutEffect(() => {
    const buttons = buttonsOf(root.current);
    const stop = buttons.find((button) => button === document.activeElement || button.tabIndex === 0);
    if (buttons.filter(({ tabIndex }) => tabIndex === 0).length !== 1) makeStop(buttons, stop ?? buttons[0]);
  });

  function onKeyDown(event: KeyboardEvent): void {
    const buttons = buttonsOf(root.current);
    const index = buttons.indexOf(event.target as HTMLButtonElement);
    const target = arrowTarget(event.key, index, buttons.length, horizontal);
    if (index < 0 || target === undefined) return;
    event.preventDefault();
    buttons[target]?.focus();
  }

  return (
    <div
      ref={root}
      class={name}
      role="toolbar"
      aria-label={label}
      onKeyDown={onKeyDown}
      onFocusIn={(event) => makeStop(buttonsOf(root.current), event.target)}
    >
      {children}
    </div>
  );
}

function makeStop(buttons: readonly HTMLButtonElement[], stop: EventTarget | null | undefined): void {
  for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
}

function buttonsOf(root: HTMLElement | null): HTMLButtonElement[] {
  return [...(root?.querySelectorAll<HTMLButtonElement>('button:enabled') ?? [])];
}
