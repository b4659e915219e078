import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { ErrorAction, RunView } from '../../../src/protocol/chat';
import type { ChatStrings } from '../../../src/protocol/strings';
import type { PendingCalls } from '../../../src/protocol/functionCalls';
import { turnOf, type Turn } from '../../../src/protocol/turns';
import { formatDuration, fill, usePanel } from '../../context';
import { isWaiting, isWorking, openCount } from '../calls/pendingCalls';
import { isActive } from '../../state';
import { useElapsed } from '../calls/useElapsed';
import { useWaitingTime, type RunOutput } from './useWaitingTime';
import { ErrorCard } from './ErrorCard';
import { ErrorIcon } from '../ui/icons';
import { Link } from '../ui/Link';
import { ProgressRing } from '../ui/ProgressRing';
import { TextButton } from '../ui/TextButton';
import './RunBar.css';

export interface RunBarProps {
  run: RunView | undefined;
  /** The function calls that the run waits for. */
  pending: PendingCalls | undefined;
  otherRuns: number;
  /** What the run has written so far. */
  output: RunOutput;
}

/** The newest run's status or error, and the number of other active runs. */
export function RunBar({ run, pending, otherRuns, output }: RunBarProps) {
  const { panel, strings } = usePanel();
  if (run === undefined && otherRuns === 0) return null;
  const others = otherRuns === 1 ? strings.otherRun : fill(strings.otherRuns, String(otherRuns));
  return (
    <div class="run-area">
      {run?.error !== undefined && <RunError error={run.error} />}
      <div class="run-bar" role="group" aria-label={strings.runStatus}>
        {run !== undefined && <RunDetails run={run} pending={pending} output={output} />}
        {otherRuns > 0 && (
          <span class="run-detail run-others">
            <Link onClick={() => panel.command('openThread')}>{others}</Link>
          </span>
        )}
      </div>
      <SmallContext steps={output.steps ?? []} />
    </div>
  );
}

function RunDetails({ run, pending, output }: Pick<RunBarProps, 'pending' | 'output'> & { run: RunView }) {
  const { strings, number } = usePanel();
  const active = isActive(run);
  const failed = run.status === 'failed' || run.status === 'expired';
  const time = formatDuration(useElapsed(run.startedAt, run.endedAt, active));
  const waiting = useWaitingTime(run, output);
  const { steps = [] } = output;
  const words =
    waiting === undefined
      ? statusInWords(run.status, strings, pending)
      : fill(strings.statusWaiting, waitingTime(waiting, strings));
  return (
    <>
      <span class="run-status">
        {failed && <ErrorIcon />}
        {active && (run.status !== 'requires_action' || isWorking(pending)) && <ProgressRing />}
        {isWaiting(pending) ? <TextButton onClick={focusForm}>{words}</TextButton> : words}
      </span>
      <span class="run-detail run-detail-clock" title={fill(strings.elapsedTime, time)}>
        {time}
      </span>
      {run.totalTokens !== undefined && (
        <span class="run-detail">{tokensInWords(run.totalTokens, steps, strings, number)}</span>
      )}
      <Context steps={steps} />
      <span class="run-detail run-assistant" title={run.model}>
        {run.assistantName}
      </span>
    </>
  );
}

/** The context of a run's last turn. */
function contextOf(steps: readonly RunStep[]): Turn['context'] {
  return steps.map((step) => turnOf(step).context).findLast((found) => found !== undefined);
}

/** How full the model's context window was in the last turn. */
function Context({ steps }: { steps: readonly RunStep[] }) {
  const { strings, number } = usePanel();
  const context = contextOf(steps);
  if (!context?.window) return null;
  const { window, tokens, messages_left_out: messages = 0, outputs_shortened: outputs = 0 } = context;
  const title = [
    fill(strings.contextTokens, number(tokens), number(window)),
    ...(messages > 0 ? [fill(strings.contextMessages, number(messages))] : []),
    ...(outputs > 0 ? [fill(strings.contextOutputs, number(outputs))] : []),
  ];
  return (
    <span class="run-detail" title={title.join('\n')}>
      {fill(strings.contextFull, number(Math.round((100 * tokens) / window)))}
    </span>
  );
}

/** How Ollama and others are told to give a model a larger context. */
const howToURL = 'https://docs.ollama.com/context-length';

/** A note on a server that gives a model much less context than it could have, if the thread did not fit. */
function SmallContext({ steps }: { steps: readonly RunStep[] }) {
  const { panel, strings, number } = usePanel();
  const { window, model_window: possible, messages_left_out, outputs_shortened } = contextOf(steps) ?? {};
  const leftOut = (messages_left_out ?? 0) + (outputs_shortened ?? 0);
  if (!window || possible === undefined || possible <= window || leftOut === 0) return null;
  return (
    <p class="run-note">
      {fill(strings.contextSmall, number(window), number(possible))}{' '}
      <Link onClick={() => panel.post({ type: 'openLink', url: howToURL })}>{strings.contextHowTo}</Link>
    </p>
  );
}

/** A run's tokens, with those that were cached and those of reasoning where the model's server tells them. */
function tokensInWords(
  total: number,
  steps: readonly RunStep[],
  strings: ChatStrings,
  number: (value: number) => string,
): string {
  const usages = steps.map((step) => turnOf(step).usage);
  const cached = usages.reduce((sum, usage) => sum + (usage?.cached_tokens ?? 0), 0);
  const reasoning = usages.reduce((sum, usage) => sum + (usage?.reasoning_tokens ?? 0), 0);
  return [
    fill(strings.tokens, number(total)),
    ...(cached > 0 ? [fill(strings.cachedTokens, number(cached))] : []),
    ...(reasoning > 0 ? [fill(strings.reasoningTokens, number(reasoning))] : []),
  ].join(' · ');
}

function RunError({ error }: { error: NonNullable<RunView['error']> }) {
  const { panel, strings } = usePanel();
  const actions: Record<ErrorAction, { label: string; run: () => void }> = {
    retry: { label: strings.retry, run: () => panel.post({ type: 'retry' }) },
    setApiKey: { label: strings.setApiKey, run: () => panel.command('setApiKey') },
    showModelRequest: { label: strings.showModelRequest, run: () => panel.command('showModelRequest') },
    chooseModel: { label: strings.chooseModel, run: () => panel.command('chooseModel') },
    retryWithModel: { label: strings.chooseAnotherModel, run: () => panel.command('retryWithModel') },
    testConnection: { label: strings.testConnection, run: () => panel.command('testConnection') },
  };
  return <ErrorCard message={error.message} actions={error.actions.map((action) => actions[action])} />;
}

/** Focuses the first form that waits for input. */
function focusForm(): void {
  document.querySelector<HTMLElement>('.call-waiting')?.focus();
}

function waitingTime(milliseconds: number, strings: ChatStrings): string {
  const seconds = Math.floor(milliseconds / 1000);
  return seconds < 60 ? fill(strings.seconds, String(seconds)) : formatDuration(milliseconds);
}

/** A run's status as shown to the user. */
export function statusInWords(
  status: RunView['status'],
  strings: ChatStrings,
  pending?: PendingCalls,
): string {
  if (status === 'requires_action' && isWorking(pending)) return strings.statusToolsRunning;
  if (status === 'requires_action' && pending !== undefined && pending.calls.length > 1) {
    const { length } = pending.calls;
    return fill(strings.statusCallsOpen, String(openCount(pending)), String(length));
  }
  const words: Record<RunView['status'], string> = {
    sending: strings.statusSending,
    queued: strings.statusQueued,
    in_progress: strings.statusInProgress,
    requires_action: strings.statusRequiresAction,
    cancelling: strings.statusCancelling,
    cancelled: strings.statusCancelled,
    failed: strings.statusFailed,
    completed: strings.statusCompleted,
    incomplete: strings.statusIncomplete,
    expired: strings.statusExpired,
  };
  return words[status] ?? status;
}
