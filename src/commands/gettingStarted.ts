import type { AssistantCreateParams } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import * as z from 'zod';
import type { Services } from '../client/services';
import { quizFunction } from '../functions/tools/quiz';
import type { Chats } from '../views/chat/chats';
import type { GettingStarted } from '../views/notices/gettingStarted';
import { askChoice } from './ask/inputs';
import { command } from './command';
import { sampleAssistant, tutor } from './sampleAssistant';

const topics = ['equation', 'quiz', 'python'] as const;

type Topic = (typeof topics)[number];

/** Commands for those who have just installed the extension. */
export function gettingStartedCommands(services: Services, chats: Chats, gettingStarted: GettingStarted) {
  return [
    command('getStarted', {}, () => gettingStarted.open()),

    command('tryDemo', { topic: z.enum(topics), wait: z.boolean() }, async ({ topic, wait }) => {
      const { assistant, text } = demos()[topic ?? (await askForTopic())];
      const { id } = await sampleAssistant(services, assistant);
      chats.current.selectAssistant(id);
      await chats.reveal();
      const { run } = await services.conversations.send({ text, assistantId: id }, (message) => {
        chats.current.show(message.thread_id).catch(services.reporter.notify);
      });
      return wait ? services.monitor.waitFor(run) : run;
    }),
  ];
}

/** What the demo model knows, one message each. */
function demos(): Record<Topic, { assistant: AssistantCreateParams; text: string }> {
  return {
    equation: {
      assistant: tutor(),
      text: vscode.l10n.t('I need to solve the equation `3x + 11 = 14`. Can you help me?'),
    },
    quiz: {
      assistant: {
        ...tutor(),
        name: vscode.l10n.t('Quiz Tutor'),
        tools: [{ type: 'function', function: quizFunction }],
      },
      text: vscode.l10n.t('Give me a quiz with two questions about linear equations.'),
    },
    python: {
      assistant: { ...tutor(), name: vscode.l10n.t('Python Tutor'), tools: [{ type: 'code_interpreter' }] },
      text: vscode.l10n.t('Write and run code that lists the first 20 Fibonacci numbers.'),
    },
  };
}

function askForTopic(): Promise<Topic> {
  return askChoice<Topic>({
    title: vscode.l10n.t('Try the Demo'),
    placeholder: vscode.l10n.t('What should the demo show?'),
    items: [
      { label: vscode.l10n.t('Solve an Equation'), value: 'equation' },
      { label: vscode.l10n.t('Ask a Quiz'), value: 'quiz' },
      { label: vscode.l10n.t('Run Python'), value: 'python' },
    ],
  });
}
