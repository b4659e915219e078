import type { ComponentChildren, Ref, RefObject } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { CallState } from './calls';
import { Fold } from '../find/Fold';
import { CheckIcon, ChevronIcon, ErrorIcon, QuestionIcon, StopIcon } from '../ui/icons';
import { ProgressRing } from '../ui/ProgressRing';
import './CallCard.css';

export interface CallFrameProps {
  /** `waiting`: for the user. */
  state: CallState | 'waiting';
  title: ComponentChildren;
  /** The accessible name: the title as plain text. */
  label: string;
  /** What a finished call did, in few words each: its files, its passages. */
  summary?: readonly string[];
  time?: ComponentChildren;
  /** Whether it is the last call of the conversation, which stays open when it has finished. */
  isNewest: boolean;
  /** Whether a finished call can be folded; others, such as forms, are always open. */
  foldable: boolean;
  /** Set if the whole card can be focused. */
  frameRef?: Ref<HTMLElement>;
  children: ComponentChildren;
}

/** The card of a call: a state icon, a title and the given content. A finished one folds to its title. */
export function CallFrame(props: CallFrameProps) {
  const { state, title, label, summary = [], time, isNewest, foldable, frameRef, children } = props;
  const contentId = useId();
  const content = useRef<HTMLDivElement>(null);
  const canFold = foldable && state !== 'running' && state !== 'waiting';
  const [isOpen, setOpen] = useFold(isNewest || !canFold, content);
  const isShown = isOpen || !canFold;
  const head = (
    <>
      <StateIcon state={state} />
      <span class="call-title">
        {title}
        {state !== 'running' &&
          summary.map((words) => <span key={words} class="call-summary">{` · ${words}`}</span>)}
      </span>
      {time}
    </>
  );
  return (
    <section
      ref={frameRef}
      class={`call call-${state}`}
      role="group"
      aria-label={label}
      aria-busy={state === 'running'}
      tabIndex={frameRef === undefined ? undefined : -1}
    >
      {canFold ? (
        <button
          type="button"
          class="call-head"
          aria-expanded={isShown}
          aria-controls={contentId}
          onClick={() => setOpen(!isShown)}
        >
          {head}
          <ChevronIcon />
        </button>
      ) : (
        <div class="call-head">{head}</div>
      )}
      <Fold id={contentId} isOpen={isShown} open={() => setOpen(true)} outside={content}>
        {children}
      </Fold>
    </section>
  );
}

/**
 * Whether a card is open: as the user has set it, else by default. A card that would fold while the user is in it
 * (the focus or the selection is there) stays open.
 */
function useFold(
  openByDefault: boolean,
  content: RefObject<HTMLElement | null>,
): [boolean, (open: boolean) => void] {
  const [chosen, choose] = useState<boolean>();
  const wasOpen = useRef(openByDefault);
  const inUse = wasOpen.current && !openByDefault && chosen === undefined && isInUse(content.current);
  wasOpen.current = openByDefault || inUse;
  useLayoutEffect(() => {
    if (inUse) choose(true);
  }, [inUse]);
  return [chosen ?? (openByDefault || inUse), choose];
}

function isInUse(element: HTMLElement | null): boolean {
  if (element === null) return false;
  const selection = document.getSelection();
  const isSelected = selection !== null && !selection.isCollapsed && selection.containsNode(element, true);
  return isSelected || element.contains(document.activeElement);
}

function StateIcon({ state }: { state: CallFrameProps['state'] }) {
  const icons = {
    waiting: <QuestionIcon />,
    running: <ProgressRing />,
    done: <CheckIcon />,
    error: <ErrorIcon />,
    stopped: <StopIcon />,
  };
  return <span class="call-icon">{icons[state]}</span>;
}
