import type { FunctionToolCall, RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { ComponentChildren } from 'preact';
import { useCallback, useMemo, useRef } from 'preact/hooks';
import type { PendingCall } from '../../../../src/protocol/functionCalls';
import { parse, prettyJson } from '../../../../src/protocol/json';
import { quizName, readQuiz, type Quiz } from '../../../../src/protocol/quiz';
import type { ChatStrings } from '../../../../src/protocol/strings';
import { callState, callTitle, type CallState } from '../calls';
import { fill, usePanel } from '../../../context';
import { visible } from '../../../hiddenCharacters';
import { CallActions, StepTime } from '../CallCard';
import { CallFrame } from '../CallFrame';
import { isTruncated } from '../../code/Excerpt';
import { ShortMarkdown } from '../../messages/Markdown';
import { CallDetails } from './CallDetails';
import type { WaitingCall } from './CallFormParts';
import { LockedQuiz } from '../quiz/LockedQuiz';
import { WaitingBody } from './WaitingBody';
import './FunctionCard.css';

/** A call in a step of the run. */
export interface MadeCall {
  step: RunStep;
  call: FunctionToolCall;
  /** Whether it is the last call of its step; it then shows the step's duration. */
  isLast: boolean;
}

export interface FunctionCardProps {
  /** At least one of `made` and `waiting` is set. */
  made?: MadeCall;
  waiting?: WaitingCall;
  /** Whether it is the last call of the conversation. */
  isNewest: boolean;
  /** Whether the run has ended; its steps may still say otherwise. */
  runEnded: boolean;
}

/** The content of a card. */
interface View {
  state: CallState | 'waiting';
  title: ComponentChildren;
  label: string;
  time?: ComponentChildren;
  body: ComponentChildren;
}

/** A function call: a form while it waits for the user, then its answer. */
export function FunctionCard({ made, waiting, isNewest, runEnded }: FunctionCardProps) {
  const { strings } = usePanel();
  const frame = useRef<HTMLElement>(null);
  const focusFrame = useCallback(() => frame.current?.focus({ preventScroll: true }), []);

  const name = waiting?.call.name ?? made?.call.function.name ?? '';
  const json = waiting?.call.arguments ?? made?.call.function.arguments ?? '';
  const isQuiz = waiting ? waiting.call.handler.kind === 'quiz' : name === quizName;
  const quiz = useMemo(() => (isQuiz ? readQuiz(parse(json)) : undefined), [isQuiz, json]);

  // After the submission, until the step is updated, only this ref has the output.
  const submitted = useRef<string | undefined>(undefined);
  if (waiting !== undefined) submitted.current = waiting.call.output;

  let view: View | undefined;
  if (waiting !== undefined) view = waitingView({ ...waiting, made, quiz, focusFrame }, strings);
  else if (made !== undefined) {
    const output = made.call.function.output ?? submitted.current ?? null;
    view = madeView({ ...made, output, isQuiz, quiz, runEnded }, strings);
  }
  if (view === undefined) return null;
  const { body, ...head } = view;
  return (
    <CallFrame {...head} isNewest={isNewest} foldable={waiting === undefined} frameRef={frame}>
      {body}
    </CallFrame>
  );
}

interface WaitingView extends WaitingCall {
  made: MadeCall | undefined;
  quiz: Quiz | undefined;
  focusFrame: () => void;
}

function waitingView({ made, ...waiting }: WaitingView, strings: ChatStrings): View {
  const { quiz } = waiting;
  const { state, arguments: json } = waiting.call;
  const states = { waiting: 'waiting', running: 'running', answered: 'done', sending: 'running' } as const;
  return {
    state: states[state],
    ...(quiz === undefined ? plainTitle(waitingTitle(waiting.call, strings)) : quizTitle(quiz, strings)),
    body: (
      <>
        <WaitingBody {...waiting} />
        {/* Users must be able to read all that they agree to. */}
        {made !== undefined && isTruncated(prettyJson(json)) && <CallActions {...made} state="done" />}
      </>
    ),
  };
}

interface MadeView extends MadeCall {
  output: string | null;
  isQuiz: boolean;
  quiz: Quiz | undefined;
  runEnded: boolean;
}

function madeView(
  { step, call, isLast, output, isQuiz, quiz, runEnded }: MadeView,
  strings: ChatStrings,
): View {
  const { arguments: json } = call.function;
  const isRunning = step.status === 'in_progress' && output === null;
  const state = isRunning && runEnded ? 'stopped' : output !== null ? 'done' : callState(step, call);
  const time = isLast && <StepTime step={step} />;
  // The quiz is incomplete, or not pending yet: there is nothing to fill in.
  if (isQuiz && state === 'running') return { state, ...plainTitle(strings.quizWriting), time, body: null };

  const title = quiz ? quizTitle(quiz, strings) : plainTitle(callTitle(call, state, strings));
  const details = quiz ? (
    <LockedQuiz quiz={quiz} output={output} />
  ) : (
    <CallDetails json={json} output={output} isRunning={state === 'running'} />
  );
  const body = (
    <>
      {details}
      {step.last_error !== null && <p class="call-note">{step.last_error.message}</p>}
      <CallActions step={step} call={call} state={state} isQuiz={quiz !== undefined} />
    </>
  );
  return { state, ...title, time, body };
}

function plainTitle(title: string) {
  return { title, label: title };
}

/** Characters of a quiz's title in the card's accessible name. */
const maxLabelLength = 200;

function quizTitle({ title }: Quiz, strings: ChatStrings) {
  const line = title.replace(/\s+/g, ' ');
  const words = (
    <div class="quiz-title" dir="auto">
      <ShortMarkdown text={line} />
    </div>
  );
  return { title: line === '' ? strings.quiz : words, label: quizLabel(line, strings) };
}

function quizLabel(title: string, strings: ChatStrings): string {
  return title === '' ? strings.quiz : fill(strings.quizLabel, title.slice(0, maxLabelLength));
}

/** A pending call's title, depending on its state; a quiz has its own title. */
export function waitingTitle(
  { name, arguments: json, handler, state }: PendingCall,
  strings: ChatStrings,
): string {
  const isTool = handler.kind === 'editorTool' || handler.kind === 'workspaceFunction';
  const what = visible(handler.kind === 'editorTool' ? handler.label : name);
  const quiz = handler.kind === 'quiz' ? readQuiz(parse(json)) : undefined;
  if (quiz !== undefined) return quizLabel(quiz.title, strings);
  switch (state) {
    case 'waiting':
      return fill(isTool ? strings.callRunQuestion : strings.callAnswer, what);
    case 'running':
      return fill(strings.callRunning, what);
    case 'answered':
      return fill(strings.callAnswered, what);
    case 'sending':
      return fill(strings.callSending, what);
  }
}
