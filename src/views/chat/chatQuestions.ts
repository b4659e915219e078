import { readFileInfo, readImage } from '../../client/files/images';
import type { Services } from '../../client/services';
import type { HostQuestions } from '../../protocol/chatQuestions';
import type { QuestionHandlers } from '../../protocol/questions';
import { limited, readCitations, readFound } from './feeds/passageReader';

/** What only the chat itself can answer. */
type ChatQuestions = 'send' | 'resend' | 'olderMessages' | 'contextChoices' | 'addContext' | 'existingPaths';

/** The host's answers to the panel's questions. */
export function questionHandlers(
  services: Services,
  ofChat: Pick<QuestionHandlers<HostQuestions>, ChatQuestions>,
): QuestionHandlers<HostQuestions> {
  const { client, reporter } = services;

  /** Notifies of an error that the panel does not show. */
  async function notifying<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      reporter.notify(error);
      throw error;
    }
  }

  return {
    ...ofChat,
    olderMessages: (page) => notifying(ofChat.olderMessages(page)),
    image: ({ fileId }) => readImage(client, fileId),
    fileInfo: ({ fileId }) => readFileInfo(client, fileId),
    citations: ({ threadId, messageId }) => notifying(readCitations(client, threadId, messageId)),
    passages: limited((call) => readFound(client, call)),
    addContext: (choice) => notifying(Promise.resolve(ofChat.addContext(choice))),
  };
}
