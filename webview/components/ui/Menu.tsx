import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { CheckIcon, ChevronIcon } from './icons';
import { arrowTarget, vertical } from './arrowTarget';
import './Menu.css';

export interface MenuItem {
  /** Identifies the item; its label by default. */
  key?: string;
  label: string;
  /** A second line, in small. */
  detail?: string;
  /** Set if it is one of several choices: whether it is the current one. */
  checked?: boolean;
  disabled?: boolean;
  run: () => void;
}

export interface MenuProps {
  /** The accessible name of the button and its menu. */
  label: string;
  title?: string;
  /** The text of the button. */
  children: ComponentChildren;
  /** Groups of items, with a line between them. */
  groups: readonly (readonly MenuItem[])[];
}

/** Milliseconds after which typed letters begin a new word. */
const typingPause = 800;

/** A text button that opens a menu above it, with the keyboard behaviour of VS Code's own menus. */
export function Menu({ label, title, children, groups }: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const typed = useRef({ text: '', at: 0 });

  useLayoutEffect(() => {
    if (!open) return;
    const entries = itemsOf(root.current);
    (entries.find((entry) => entry.ariaChecked === 'true') ?? entries[0])?.focus();
  }, [open]);

  function close(): void {
    setOpen(false);
    button.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    const entries = itemsOf(root.current);
    const index = entries.indexOf(event.target as HTMLButtonElement);
    const target =
      arrowTarget(event.key, index, entries.length, vertical) ?? typedTarget(event, entries, index);
    if (event.key === 'Escape') close();
    else if (target !== undefined) entries[target]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The next item that begins with the letters typed so far. */
  function typedTarget(event: KeyboardEvent, entries: HTMLElement[], index: number): number | undefined {
    const isLetter = event.key.length === 1 && event.key !== ' ';
    if (!isLetter || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const isNew = event.timeStamp - typed.current.at > typingPause;
    const text = (isNew ? '' : typed.current.text) + event.key.toLocaleLowerCase();
    typed.current = { text, at: event.timeStamp };
    const order = [...entries.keys()].map((step) => (index + step + (isNew ? 1 : 0)) % entries.length);
    return order.find((at) => entries[at]?.textContent?.trim().toLocaleLowerCase().startsWith(text));
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
      <button
        type="button"
        ref={button}
        class="menu-button"
        title={title}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (open || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        <span class="menu-button-text">{children}</span>
        <ChevronIcon />
      </button>
      {open && (
        <div class="menu-list" role="menu" aria-label={label} onKeyDown={onKeyDown}>
          {groups
            .filter((items) => items.length > 0)
            .map((items, index) => (
              <div key={index} class="menu-group" role="group">
                {items.map((item) => (
                  <Item key={item.key ?? item.label} item={item} close={close} />
                ))}
              </div>
            ))}
        </div>
      )}
    </div>
  );
}

function Item({ item, close }: { item: MenuItem; close: () => void }) {
  const { label, detail, checked, disabled, run } = item;
  return (
    <button
      type="button"
      role={checked === undefined ? 'menuitem' : 'menuitemradio'}
      aria-checked={checked}
      tabIndex={-1}
      class="menu-item"
      disabled={disabled}
      onClick={() => {
        close();
        run();
      }}
    >
      <span class="menu-item-check">{checked && <CheckIcon />}</span>
      <span class="menu-item-text">
        <bdi>{label}</bdi>
        {detail !== undefined && <span class="menu-item-detail">{detail}</span>}
      </span>
    </button>
  );
}

function itemsOf(root: HTMLElement | null): HTMLButtonElement[] {
  return [...(root?.querySelectorAll<HTMLButtonElement>('.menu-item:enabled') ?? [])];
}
