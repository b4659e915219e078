import { ShortMarkdown } from '../../messages/Markdown';

/** A question with its number. */
export function QuestionText({ number, text, id }: { number: number; text: string; id?: string }) {
  return (
    <div class="quiz-text" id={id} dir="auto">
      <span class="quiz-number">{number}.</span>
      <div class="quiz-words">
        <ShortMarkdown text={text} />
      </div>
    </div>
  );
}

/** The labels of a question's choices. */
export function choiceTexts(choices: readonly string[]) {
  return choices.map((choice, index) => (
    <div key={index} class="quiz-words">
      <ShortMarkdown text={choice} />
    </div>
  ));
}
