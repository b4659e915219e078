import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../../client/errors/errors';
import type { Services } from '../../client/services';
import { threadTitle } from '../../client/objects/titles';
import type { FunctionCalls } from '../../functions/functionCalls';
import { errorOutput, type PendingCall, type PendingCalls } from '../../protocol/functionCalls';
import { parse } from '../../protocol/json';
import { readQuiz, type QuizQuestion } from '../../protocol/quiz';
import { command } from '../command';
import { askChoice, askInTurn, askText, type Choice, type Position } from '../ask/inputs';

/** A call and its run. */
interface Located {
  runId: string;
  call: PendingCall;
}

/** How a call is answered: run its tool, enter its output, or report an error. */
type Way = 'run' | 'output' | 'error';

/** The command that answers function calls. */
export function functionCallCommands({ client, monitor }: Services, calls: FunctionCalls) {
  const title = (): string => vscode.l10n.t('Answer Function Call');

  async function pick(threadId: string | undefined): Promise<Located> {
    if (threadId !== undefined) await monitor.refresh(threadId);
    const all = calls
      .allPending()
      .filter((pending) => threadId === undefined || pending.threadId === threadId);
    const open = all.flatMap((pending) => openCalls(pending));
    if (open.length === 0) throw new UserError(vscode.l10n.t('No function call is waiting for an answer.'));
    if (open.length === 1) return open[0]!;
    const items = open.map(async ({ threadId: id, ...value }): Promise<Choice<Located>> => {
      const thread = await client.beta.threads.retrieve(id);
      const { name, arguments: json } = value.call;
      return { label: name, description: threadTitle(thread), detail: json.slice(0, 200), value };
    });
    return askChoice({
      title: title(),
      placeholder: vscode.l10n.t('Choose a function call'),
      items: Promise.all(items),
    });
  }

  async function askFor({ runId, call }: Located): Promise<void> {
    const quiz = call.handler.kind === 'quiz' ? readQuiz(parse(call.arguments)) : undefined;
    if (quiz) return askQuiz(title(), quiz.questions, (output) => calls.answer(runId, call.callId, output));
    const way = await askWay(title(), call);
    if (way === 'run') return calls.runCall(runId, call.callId, false);
    let text = '';
    const ask = async (position: Position): Promise<void> => {
      text = await askText({
        ...position,
        prompt:
          way === 'error'
            ? vscode.l10n.t('What went wrong with {0}?', call.name)
            : vscode.l10n.t('The output of {0}', call.name),
      });
    };
    await askInTurn(title(), [ask], () =>
      calls.answer(runId, call.callId, way === 'error' ? errorOutput(text) : text),
    );
  }

  return [
    command(
      'answerCall',
      { threadId: z.string(), runId: z.string(), callId: z.string(), output: z.string() },
      async ({ threadId, runId, callId, output }) => {
        if (callId === undefined || output === undefined) return askFor(await pick(threadId));
        const run = threadId === undefined ? undefined : await monitor.refresh(threadId);
        const id = runId ?? run?.id;
        if (id === undefined)
          throw new UserError(vscode.l10n.t('Specify the thread or the run of the call.'));
        await calls.answer(id, callId, output);
        return threadId === undefined ? undefined : monitor.newestRun(threadId);
      },
    ),
  ];
}

function openCalls({ threadId, runId, calls }: PendingCalls): (Located & { threadId: string })[] {
  const open = calls.filter(({ state }) => state === 'waiting');
  return open.map((call) => ({ threadId, runId, call }));
}

/** Asks the questions of a quiz one by one, and sends a JSON array of answers, null for a skipped question. */
function askQuiz(
  title: string,
  questions: readonly QuizQuestion[],
  answer: (output: string) => Promise<void>,
): Promise<void> {
  const answers = questions.map((): string | null => null);
  return askInTurn(
    title,
    questions.map((question, index) => async (position: Position) => {
      answers[index] = await askQuestion(question, position);
    }),
    () => answer(JSON.stringify(answers)),
  );
}

async function askQuestion({ text, choices }: QuizQuestion, position: Position) {
  if (choices.length === 0) {
    const prompt = vscode.l10n.t('{0} (Leave empty to skip.)', text);
    return (await askText({ ...position, prompt })).trim() || null;
  }
  const items: Choice<string | null>[] = choices.map((choice) => ({ label: choice, value: choice }));
  const skip = { label: vscode.l10n.t('Skip'), value: null };
  return askChoice({ ...position, placeholder: text, items: [...items, skip] });
}

async function askWay(title: string, { name, arguments: json, handler }: PendingCall): Promise<Way> {
  const run: Choice<Way>[] = [];
  if (handler.kind === 'editorTool') {
    run.push({ label: vscode.l10n.t('Run'), description: handler.label, value: 'run' });
  } else if (handler.kind === 'workspaceFunction') {
    run.push({ label: vscode.l10n.t('Run'), description: handler.command, value: 'run' });
  }
  return askChoice({
    title,
    placeholder: `${name} ${json}`.slice(0, 200),
    items: [
      ...run,
      { label: vscode.l10n.t('Enter the Output'), value: 'output' },
      { label: vscode.l10n.t('Send an Error'), value: 'error' },
    ],
  });
}
