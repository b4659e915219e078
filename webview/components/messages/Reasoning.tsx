import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { useId, useState } from 'preact/hooks';
import { maxShownReasoning, turnOf } from '../../../src/protocol/turns';
import { fill, formatDuration, usePanel } from '../../context';
import { memo } from '../../memo';
import { useElapsed } from '../calls/useElapsed';
import { Fold } from '../find/Fold';
import { ChevronIcon } from '../ui/icons';
import { Markdown } from './Markdown';
import './Reasoning.css';

/** The reasoning that led to a step, folded: how long it takes or took, and its text on demand. */
export const Reasoning = memo(function Reasoning({ step }: { step: RunStep }) {
  const { strings } = usePanel();
  const [expanded, setExpanded] = useState(false);
  const textId = useId();
  const { text = '', seconds } = turnOf(step).reasoning ?? {};
  const growing = seconds === undefined && step.status === 'in_progress';
  const isCut = text.length >= maxShownReasoning;

  return (
    <section class="reasoning" aria-busy={growing}>
      <button
        type="button"
        class="reasoning-head"
        aria-expanded={expanded}
        aria-controls={textId}
        onClick={() => setExpanded(!expanded)}
      >
        <ChevronIcon />
        {growing ? <Thinking since={step.created_at} /> : <Thought seconds={seconds} />}
      </button>
      <Fold id={textId} isOpen={expanded} open={() => setExpanded(true)}>
        <div class="reasoning-text">
          {isCut && growing && <p class="reasoning-note">{strings.beginningCut}</p>}
          <Markdown text={text.trim()} growing={growing} />
          {isCut && !growing && <p class="reasoning-note">{strings.endCut}</p>}
        </div>
      </Fold>
    </section>
  );
});

/** `since`: seconds since the epoch. */
function Thinking({ since }: { since: number }) {
  const { strings } = usePanel();
  const time = formatDuration(useElapsed(since * 1000, undefined, true));
  const [before = '', after = ''] = strings.thinking.split('{0}');
  return (
    <span class="reasoning-growing">
      {before}
      {/* Screen readers would read the button again each second. */}
      <span aria-hidden="true">{time}</span>
      {after}
    </span>
  );
}

function Thought({ seconds }: { seconds: number | undefined }) {
  const { strings, number } = usePanel();
  if (seconds === undefined) return <span>{strings.thoughtUntimed}</span>;
  return <span>{fill(strings.thought, number(Math.max(1, Math.round(seconds))))}</span>;
}
