import { fillText, wholeTexts } from '../models/errorTexts';
import {
  type ModelConnection,
  ModelError,
  type ModelEvent,
  type ModelFinishReason,
} from '../models/modelProvider';

/** Notes what a turn of a model consists of, to find out whether it is an answer at all. */
export class AnswerCheck {
  #answered = false;
  #reasoned = false;

  read(event: ModelEvent): void {
    if (event.type === 'text' || event.type === 'refusal') this.#answered ||= event.text.trim() !== '';
    else if (event.type === 'tool_call' || event.type === 'hosted_call') this.#answered = true;
    else if (event.type === 'container_file') this.#answered = true;
    else if (event.type === 'text_was_reasoning') {
      this.#answered = false;
      this.#reasoned = true;
    } else if (event.type === 'reasoning') this.#reasoned ||= event.text.trim() !== '';
    else if (event.type === 'usage') this.#reasoned ||= (event.usage.reasoningTokens ?? 0) > 0;
  }

  /** The error of a complete turn without text, refusal and calls; undefined if it has one of them. */
  error({ label }: ModelConnection, model: string, reason: ModelFinishReason): ModelError | undefined {
    if (this.#answered || reason === 'content_filter') return undefined;
    if (reason === 'length') {
      const text = this.#reasoned ? wholeTexts.noRoomReasoned : wholeTexts.noRoom;
      return new ModelError(fillText(text, label, model));
    }
    if (this.#reasoned) {
      return new ModelError(fillText(wholeTexts.onlyReasoned, label, model));
    }
    return new ModelError(fillText(wholeTexts.empty, label, model));
  }
}
