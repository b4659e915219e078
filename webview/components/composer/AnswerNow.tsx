import { usePanel } from '../../context';
import { isUnanswered, type PanelState } from '../../state';
import { TextButton } from '../ui/TextButton';

/** Offers to answer the last message where nothing has answered it and nothing is about to. */
export function AnswerNow({ state }: { state: PanelState }) {
  const { panel, strings } = usePanel();
  if (!isUnanswered(state)) return null;
  return (
    <p class="answer-now">
      {strings.notAnswered}{' '}
      <TextButton
        onClick={() => {
          panel.post({ type: 'retry' });
          panel.focusComposer();
        }}
      >
        {strings.answerNow}
      </TextButton>
    </p>
  );
}
