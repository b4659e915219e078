import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import * as vscode from 'vscode';
import * as z from 'zod';
import { runCommand } from '../../client/commands';
import { UserError } from '../../client/errors/errors';
import type { Services } from '../../client/services';
import { callWords, stepEndedAt, stepStatusWords } from '../../client/runs/stepStatus';
import { threadTitle } from '../../client/objects/titles';
import type { AssistantDocuments } from '../../documents/documents';
import type { AssistantFiles } from '../../documents/files';
import {
  callsOf,
  documentNames,
  imagesOf,
  inputText,
  outputText,
} from '../../documents/conversation/stepText';
import type { Chats } from '../../views/chat/chats';
import { command } from '../command';
import { askChoice, type Choice } from '../ask/inputs';
import { pickRun, pickThread } from '../ask/pickers';

interface RunIds {
  threadId: string;
  runId: string;
}

/** A tool call and its number within the run, from 1. */
interface NumberedCall {
  step: RunStep;
  call: ToolCall;
  number: number;
}

type View = 'stepInput' | 'stepOutput' | 'step' | 'modelRequest';

const runShape = { threadId: z.string(), runId: z.string() };
const callShape = { ...runShape, stepId: z.string(), callId: z.string() };

/** Commands that show the steps of a run. */
export function runStepCommands(
  services: Services,
  chats: Chats,
  documents: AssistantDocuments,
  files: AssistantFiles,
) {
  const { client, monitor } = services;

  /** The given run; asks for the thread or the run if missing. */
  async function askForRun({ threadId, runId }: Partial<RunIds>, title: string): Promise<RunIds> {
    const thread = threadId ?? chats.current.selection.threadId ?? (await pickThread(services, title)).id;
    if (runId !== undefined && threadId === undefined) {
      throw new UserError(vscode.l10n.t('To find a run, specify the ID of its thread, too.'));
    }
    return { threadId: thread, runId: runId ?? (await pickRun(services, thread, title)).id };
  }

  /** A run's steps in order, with the live state of those still running. */
  async function stepsOf({ threadId, runId }: RunIds): Promise<RunStep[]> {
    const steps: RunStep[] = [];
    const list = client.beta.threads.runs.steps.list(runId, {
      thread_id: threadId,
      order: 'asc',
      limit: 100,
    });
    for await (const step of list) steps.push(monitor.liveStep(threadId, step.id) ?? step);
    return steps;
  }

  /** Opens a call's input or output, and returns the call. */
  async function view({ step, call, number }: NumberedCall, kind: 'stepInput' | 'stepOutput') {
    const { thread_id: threadId, run_id: runId, id: stepId } = step;
    const title = threadTitle(await client.beta.threads.retrieve(threadId));
    const name = documentNames(title, call, number)[kind];
    const images = kind === 'stepOutput' ? imagesOf(call) : [];
    const hasText = kind === 'stepInput' || hasLogs(call) || images.length === 0;
    if (hasText) await documents.show({ kind, threadId, runId, stepId, callId: call.id, name });
    for (const fileId of images) await files.open(fileId);
    return call;
  }

  async function viewGiven(
    given: Partial<RunIds & { stepId: string; callId: string }>,
    kind: 'stepInput' | 'stepOutput',
    title: string,
  ) {
    const run = await askForRun(given, title);
    const calls = callsInOrder(await stepsOf(run)).filter(
      ({ step, call }) =>
        (given.stepId === undefined || step.id === given.stepId) &&
        (given.callId === undefined || call.id === given.callId),
    );
    if (calls.length === 0) throw new UserError(vscode.l10n.t('No tool was called in this run.'));
    const [only, ...others] = calls as [NumberedCall, ...NumberedCall[]];
    if (others.length === 0) return view(only, kind);
    const placeholder = vscode.l10n.t('Choose a step');
    return view(await askChoice({ title, placeholder, items: calls.map(callChoice) }), kind);
  }

  /** Asks for a step and for the view of it to open. */
  async function browse(steps: RunStep[], title: string): Promise<void> {
    if (steps.length === 0) throw new UserError(vscode.l10n.t('This run has no steps yet.'));
    const numbered = callsInOrder(steps);
    const items = steps.flatMap((step): Choice<NumberedCall | RunStep>[] => {
      const calls = numbered.filter((one) => one.step === step);
      return calls.length > 0 ? calls.map(callChoice) : [messageChoice(step)];
    });
    const chosen = await askChoice({ title, placeholder: vscode.l10n.t('Choose a step'), items });
    const isCall = 'call' in chosen;
    const what = await askForView(title, isCall);
    const { thread_id: threadId, run_id: runId, id } = isCall ? chosen.step : chosen;
    if (what === 'modelRequest') await runCommand('showModelRequest', { threadId, runId, stepId: id });
    else if (isCall && what !== 'step') await view(chosen, what);
    else await documents.show({ kind: 'step', threadId, runId, id });
  }

  return [
    command('viewRunSteps', runShape, async (given) => {
      const title = vscode.l10n.t('View Run Steps');
      const steps = await stepsOf(await askForRun(given, title));
      await browse(steps, title);
      return steps;
    }),
    command('viewStepInput', callShape, (given) =>
      viewGiven(given, 'stepInput', vscode.l10n.t('View Step Input')),
    ),
    command('viewStepOutput', callShape, (given) =>
      viewGiven(given, 'stepOutput', vscode.l10n.t('View Step Output')),
    ),
  ];
}

function callsInOrder(steps: readonly RunStep[]): NumberedCall[] {
  return steps
    .flatMap((step) => callsOf(step).map((call) => ({ step, call })))
    .map((one, index) => ({ ...one, number: index + 1 }));
}

function hasLogs(call: ToolCall): boolean {
  return (
    call.type !== 'code_interpreter' || call.code_interpreter.outputs.some(({ type }) => type === 'logs')
  );
}

function callChoice(numbered: NumberedCall): Choice<NumberedCall> {
  const { step, call, number } = numbered;
  const shown = `${inputText(call)} ${outputText(call)}`.replace(/\s+/g, ' ').trim();
  return {
    label: `${number}. ${callWords(call)}`,
    description: stepDetails(step),
    detail: shown.slice(0, 120),
    value: numbered,
  };
}

function messageChoice(step: RunStep): Choice<RunStep> {
  return {
    label: step.type === 'tool_calls' ? vscode.l10n.t('Tools') : vscode.l10n.t('Message'),
    description: stepDetails(step),
    value: step,
  };
}

/** A step's status, and its duration and tokens once they are known. */
function stepDetails(step: RunStep): string {
  const ended = stepEndedAt(step);
  const seconds = ended === undefined ? undefined : ended - step.created_at;
  return [
    stepStatusWords(step),
    seconds === undefined ? undefined : vscode.l10n.t('{0} s', seconds),
    step.usage ? vscode.l10n.t('{0} tokens', step.usage.total_tokens) : undefined,
  ]
    .filter(Boolean)
    .join(' · ');
}

function askForView(title: string, isCall: boolean): Promise<View> {
  const ofCalls: Choice<View>[] = [
    { label: vscode.l10n.t('Input'), value: 'stepInput' },
    { label: vscode.l10n.t('Output'), value: 'stepOutput' },
  ];
  return askChoice<View>({
    title,
    placeholder: vscode.l10n.t('What do you want to see?'),
    items: [
      ...(isCall ? ofCalls : []),
      { label: vscode.l10n.t('JSON'), value: 'step' },
      { label: vscode.l10n.t('Model Request'), value: 'modelRequest' },
    ],
  });
}
