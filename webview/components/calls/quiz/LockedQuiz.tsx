import { fill, usePanel } from '../../../context';
import { prettyJson } from '../../../../src/protocol/json';
import { readQuizResult, type Quiz, type QuizQuestion } from '../../../../src/protocol/quiz';
import { Excerpt } from '../../code/Excerpt';
import { RadioGroup } from '../../ui/RadioGroup';
import { choiceTexts, QuestionText } from './QuizText';

/** A read-only quiz with the answers that were submitted. */
export function LockedQuiz({ quiz, output }: { quiz: Quiz; output: string | null }) {
  const { strings } = usePanel();
  const result = output === null ? undefined : readQuizResult(output);
  const answers = result?.kind === 'answers' ? result.answers : undefined;
  const isOdd = result?.kind === 'other' || (answers !== undefined && answers.length > quiz.questions.length);
  return (
    <div class="quiz">
      {quiz.questions.length === 0 && <p class="call-note">{strings.quizNoQuestions}</p>}
      {quiz.questions.map((question, index) => (
        <LockedQuestion
          key={index}
          number={index + 1}
          question={question}
          answer={answers && (answers[index] ?? null)}
        />
      ))}
      {result === undefined && <p class="call-note">{strings.quizNotAnswered}</p>}
      {result?.kind === 'error' && (
        <p class="call-note" dir="auto">
          {fill(strings.answeredWithError, result.message)}
        </p>
      )}
      {isOdd && (
        <Excerpt
          label={strings.callOutput}
          text={prettyJson(output ?? '')}
          language=""
          growing={false}
          fromEnd={false}
        />
      )}
    </div>
  );
}

interface LockedQuestionProps {
  number: number;
  question: QuizQuestion;
  /** Null if skipped; undefined if the quiz was not answered. */
  answer: string | null | undefined;
}

function LockedQuestion({ number, question: { text, choices }, answer }: LockedQuestionProps) {
  const { strings } = usePanel();
  const place = answer == null ? -1 : choices.indexOf(answer);
  const heading = <QuestionText number={number} text={text} />;
  return (
    <div class="quiz-question">
      {choices.length > 0 ? (
        <RadioGroup
          legend={heading}
          options={choiceTexts(choices)}
          value={place < 0 ? undefined : place}
          disabled
        />
      ) : (
        heading
      )}
      {answer === null && <p class="quiz-note">{strings.quizSkipped}</p>}
      {answer != null && place < 0 && (
        <p class="quiz-answer" dir="auto">
          <span class="visually-hidden">{strings.quizAnswer} </span>
          {answer}
        </p>
      )}
    </div>
  );
}
