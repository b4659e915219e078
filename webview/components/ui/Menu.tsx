import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { IconButton } from './IconButton';
import './Menu.css';

export interface MenuItem {
  label: string;
  disabled?: boolean;
  run: () => void;
}

export interface MenuProps {
  label: string;
  icon: ComponentChildren;
  items: MenuItem[];
}

/** A button that opens a menu, with the keyboard behaviour of VS Code's own menus. */
export function Menu({ label, icon, items }: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useLayoutEffect(() => {
    if (open) itemsOf(root.current)[0]?.focus();
  }, [open]);

  function close(): void {
    setOpen(false);
    button.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    const entries = itemsOf(root.current);
    const index = entries.indexOf(event.target as HTMLButtonElement);
    const targets: Record<string, number> = {
      ArrowDown: (index + 1) % entries.length,
      ArrowUp: (index - 1 + entries.length) % entries.length,
      Home: 0,
      End: entries.length - 1,
    };
    const target = targets[event.key];
    if (event.key === 'Escape') close();
    else if (target !== undefined) entries[target]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div
      class="menu"
      ref={root}
      onFocusOut={(event) => {
        const stays = event.relatedTarget instanceof Node && root.current?.contains(event.relatedTarget);
        if (!stays) setOpen(false);
      }}
    >
      <IconButton label={label} expanded={open} buttonRef={button} onClick={() => setOpen(!open)}>
        {icon}
      </IconButton>
      {open && (
        <div class="menu-list" role="menu" aria-label={label} onKeyDown={onKeyDown}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class="menu-item"
              disabled={item.disabled}
              onClick={() => {
                close();
                item.run();
              }}
            >
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function itemsOf(root: HTMLElement | null): HTMLButtonElement[] {
  return [...(root?.querySelectorAll<HTMLButtonElement>('.menu-item:enabled') ?? [])];
}
