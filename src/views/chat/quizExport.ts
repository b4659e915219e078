import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';
import { quizParts } from '../../client/objects/quizMarkdown';
import { parse } from '../../protocol/json';
import { readQuiz } from '../../protocol/quiz';
import type { SearchIds } from './feeds/passageReader';

/** Opens a quiz with its answers as a new Markdown document. */
export async function exportQuiz(client: OpenAI, ids: SearchIds): Promise<void> {
  const { threadId, runId, stepId, callId } = ids;
  const query = { thread_id: threadId, run_id: runId };
  const { step_details: details } = await client.beta.threads.runs.steps.retrieve(stepId, query);
  const calls = details.type === 'tool_calls' ? details.tool_calls : [];
  const call = calls.find(({ id }) => id === callId);
  const quiz = call?.type === 'function' ? readQuiz(parse(call.function.arguments)) : undefined;
  if (call?.type !== 'function' || !quiz)
    throw new UserError(vscode.l10n.t('This quiz is no longer available.'));
  const parts = quizParts(quiz, call.function.output ?? undefined).filter(Boolean);
  const content = `${parts.join('\n\n')}\n`;
  await vscode.window.showTextDocument(
    await vscode.workspace.openTextDocument({ language: 'markdown', content }),
  );
}
