import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { CallDraft } from '../../../callDrafts';
import { fill, usePanel } from '../../../context';
import type { Quiz, QuizQuestion } from '../../../../src/protocol/quiz';
import { isSettled, noAnswer, quizOutput, type Answer } from './quiz';
import { ErrorIcon } from '../../ui/icons';
import { AnswerArea } from '../../ui/AnswerArea';
import { Button } from '../../ui/Button';
import { RadioGroup } from '../../ui/RadioGroup';
import { TextButton } from '../../ui/TextButton';
import { CancelRun } from '../functions/CancelRun';
import { submitOnKey } from '../functions/submitOnKey';
import { choiceTexts, QuestionText } from './QuizText';
import { CallError, type CallFormProps } from '../functions/CallFormParts';

/** The form of a quiz. */
export function QuizForm(props: CallFormProps & { quiz: Quiz }) {
  const { quiz, call, draft, changeDraft, answer, answerByHand } = props;
  const { panel, strings } = usePanel();
  const element = useRef<HTMLDivElement>(null);
  /** Whether to mark missing answers: after the first attempt to submit. */
  const [tried, setTried] = useState(false);

  useEffect(() => {
    if (mayTakeFocus(panel.state.draft))
      element.current?.querySelector<HTMLElement>('input, textarea')?.focus();
  }, [panel]);

  const answers = fittingAnswers(quiz, draft);
  const open = quiz.questions.map((question, index) => !isSettled(question, answers[index] ?? noAnswer));
  const openCount = open.filter(Boolean).length;

  function submit(): void {
    if (openCount === 0) {
      answer(quizOutput(quiz, answers));
      return;
    }
    setTried(true);
    const missing = element.current?.querySelectorAll('.quiz-question')[open.indexOf(true)];
    missing?.querySelector<HTMLElement>('input, textarea')?.focus();
  }

  return (
    <div class="quiz call-form" ref={element} onKeyDown={submitOnKey(submit)}>
      <CallError text={call.argumentsError} />
      {quiz.questions.map((question, index) => (
        <Question
          key={index}
          number={index + 1}
          question={question}
          answer={answers[index] ?? noAnswer}
          missing={tried && open[index] === true}
          change={(part) =>
            changeDraft((newest) => ({
              answers: fittingAnswers(quiz, newest).map((other, place) =>
                place === index ? { ...other, ...part } : other,
              ),
            }))
          }
          onBlur={() => panel.callDrafts.flush()}
        />
      ))}
      <p class="call-form-status" role="status">
        {openInWords(openCount, quiz.questions.length, strings)}
      </p>
      <div class="call-form-buttons">
        <Button primary blocked={openCount > 0} onClick={submit}>
          {strings.quizSubmit}
        </Button>
        <TextButton onClick={() => answerByHand('error', call.argumentsError)}>
          {strings.sendErrorInstead}
        </TextButton>
        <CancelRun />
      </div>
    </div>
  );
}

/** Whether a form that appears may take the focus: nothing has it, or a composer in which nothing is written. */
function mayTakeFocus(composed: string): boolean {
  const { activeElement } = document;
  if (!document.hasFocus()) return false;
  const isComposing = activeElement?.closest('.composer') != null;
  return isComposing ? composed === '' : activeElement === null || activeElement === document.body;
}

/** The form's status: how many questions are still open. */
function openInWords(open: number, count: number, strings: ReturnType<typeof usePanel>['strings']): string {
  if (count === 0) return strings.quizNoQuestions;
  if (open === 0) return strings.quizReady;
  return fill(open === 1 ? strings.quizOneOpen : strings.quizOpen, String(open), String(count));
}

/** The draft's answers, exactly one for each question. */
function fittingAnswers({ questions }: Quiz, { answers }: CallDraft): Answer[] {
  return questions.map((question, index) => fitting(question, answers[index]));
}

/** The draft's answer, without a choice that the question does not have. */
function fitting({ choices }: QuizQuestion, answer: Answer = noAnswer): Answer {
  const { choice } = answer;
  return choice !== undefined && choices[choice] === undefined ? { ...answer, choice: undefined } : answer;
}

interface QuestionProps {
  number: number;
  question: QuizQuestion;
  answer: Answer;
  /** Whether to mark the answer as missing. */
  missing: boolean;
  change: (part: Partial<Answer>) => void;
  onBlur: () => void;
}

function Question({ number, question, answer, missing, change, onBlur }: QuestionProps) {
  const { strings } = usePanel();
  const id = useId();
  const note = missing ? `${id}-missing` : undefined;
  const heading = <QuestionText number={number} text={question.text} id={id} />;
  const skipLabel = answer.skipped ? strings.quizAnswerAfterAll : strings.quizSkip;
  return (
    <div class="quiz-question">
      {answer.skipped ? (
        heading
      ) : question.choices.length > 0 ? (
        <RadioGroup
          legend={heading}
          options={choiceTexts(question.choices)}
          value={answer.choice}
          describedBy={note}
          onChange={(choice) => change({ choice })}
        />
      ) : (
        <>
          {heading}
          <AnswerArea
            labelledBy={id}
            describedBy={note}
            invalid={missing}
            value={answer.text}
            onInput={(text) => change({ text })}
            onBlur={onBlur}
          />
        </>
      )}
      {missing && (
        <p class="quiz-missing" id={note}>
          <ErrorIcon />
          {strings.quizMissing}
        </p>
      )}
      <p class="quiz-skip">
        {answer.skipped && <span class="quiz-note">{strings.quizSkipped}</span>}
        <TextButton
          label={fill(strings.quizOfQuestion, skipLabel, String(number))}
          onClick={() => change({ skipped: !answer.skipped })}
        >
          {skipLabel}
        </TextButton>
      </p>
    </div>
  );
}
