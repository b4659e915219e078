import { quizName } from '../../protocol/quiz';
import type { FunctionDefinition } from './definition';

/** The quiz function of OpenAI's tutorial: the chat shows the quiz as a form and returns the answers. */
export const quizFunction: FunctionDefinition = {
  name: quizName,
  description:
    'Displays a quiz to the student, and returns the student’s answers as a JSON list, in the order of the questions. A single quiz can have multiple questions.',
  parameters: {
    type: 'object',
    properties: {
      title: { type: 'string', description: 'The title of the quiz.' },
      questions: {
        type: 'array',
        description: 'The questions, each with a text, a type and, for multiple choice, the choices.',
        items: {
          type: 'object',
          properties: {
            question_text: { type: 'string', description: 'The question, in Markdown.' },
            question_type: {
              type: 'string',
              enum: ['MULTIPLE_CHOICE', 'FREE_RESPONSE'],
              description: 'Whether the student picks one of the choices or writes an answer.',
            },
            choices: {
              type: 'array',
              items: { type: 'string' },
              description: 'The choices of a MULTIPLE_CHOICE question.',
            },
          },
          required: ['question_text'],
        },
      },
    },
    required: ['title', 'questions'],
  },
};
