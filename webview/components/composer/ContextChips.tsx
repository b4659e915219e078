import { useRef } from 'preact/hooks';
import type { ContextItem } from '../../../src/protocol/context';
import { fill, usePanel } from '../../context';
import { displayName } from '../files/fileNames';
import { ContextIcon } from '../files/ContextIcon';
import { CloseIcon, ErrorIcon } from '../ui/icons';
import { IconButton } from '../ui/IconButton';
import { useInSight } from '../ui/useInSight';
import { TextButton } from '../ui/TextButton';
import '../files/Attachments.css';

/** The context of the message that is being written; `focusInput` is called when its last item is removed by keyboard. */
export function ContextChips({
  items,
  focusInput,
}: {
  items: readonly ContextItem[];
  focusInput: () => void;
}) {
  const { panel, strings } = usePanel();
  const list = useRef<HTMLUListElement>(null);
  if (items.length === 0) return null;

  /** Removes an item; the focus goes to the one after it, or before it, or to the input. */
  function remove(id: string): void {
    const index = items.findIndex((item) => item.id === id);
    const next = list.current?.children[index + 1] ?? list.current?.children[index - 1];
    if (next) next.querySelector('button')?.focus();
    else focusInput();
    panel.post({ type: 'removeContext', id });
  }

  return (
    <ul class="attachments context-chips" aria-label={strings.context} ref={list}>
      {items.map((item) => (
        <ContextChip key={item.id} item={item} onRemove={() => remove(item.id)} />
      ))}
    </ul>
  );
}

/** An item of a message's context; it can be removed if `onRemove` is set. */
export function ContextChip({ item, onRemove }: { item: ContextItem; onRemove?: () => void }) {
  const { panel, strings, number } = usePanel();
  const { id, kind, tokens, error: reason } = item;
  const chip = useRef<HTMLLIElement>(null);
  useInSight(chip, reason !== undefined);
  const label = displayName(item.label);
  const detail = displayName(item.detail);
  return (
    <li
      ref={chip}
      class={reason === undefined ? 'attachment' : 'attachment attachment-failed'}
      title={detail}
      onKeyDown={(event) => {
        if (!onRemove || (event.key !== 'Delete' && event.key !== 'Backspace')) return;
        event.preventDefault();
        onRemove();
      }}
    >
      <span class="attachment-icon">
        {reason === undefined ? <ContextIcon kind={kind} /> : <ErrorIcon />}
      </span>
      <TextButton onClick={() => panel.post({ type: 'openContext', id })}>
        <bdi>{label}</bdi>
      </TextButton>
      {reason !== undefined && <span class="attachment-error">{reason}</span>}
      {tokens !== undefined && (
        <span class="attachment-note">{fill(strings.aboutTokens, number(tokens))}</span>
      )}
      {onRemove && (
        <IconButton label={fill(strings.removeAttachment, label)} onClick={onRemove}>
          <CloseIcon />
        </IconButton>
      )}
    </li>
  );
}
