import type { ComponentChildren, Ref } from 'preact';
import type { CallState } from './calls';
import { CheckIcon, ErrorIcon, QuestionIcon, StopIcon } from '../ui/icons';
import { ProgressRing } from '../ui/ProgressRing';
import './CallCard.css';

export interface CallFrameProps {
  /** `waiting`: for the user. */
  state: CallState | 'waiting';
  title: ComponentChildren;
  /** The accessible name: the title as plain text. */
  label: string;
  time?: ComponentChildren;
  /** Set if the whole card can be focused. */
  frameRef?: Ref<HTMLElement>;
  children: ComponentChildren;
}

/** The card of a call: a state icon, a title and the given content. */
export function CallFrame({ state, title, label, time, frameRef, children }: CallFrameProps) {
  return (
    <section
      ref={frameRef}
      class={`call call-${state}`}
      role="group"
      aria-label={label}
      aria-busy={state === 'running'}
      tabIndex={frameRef === undefined ? undefined : -1}
    >
      <div class="call-head">
        <StateIcon state={state} />
        <span class="call-title">{title}</span>
        {time}
      </div>
      {children}
    </section>
  );
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
