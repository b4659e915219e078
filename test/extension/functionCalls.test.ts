import { deepEqual, equal, match, notEqual, rejects } from 'node:assert/strict';
import * as vscode from 'vscode';
import type { FunctionTool } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { PendingCall } from '../../src/protocol/functionCalls';
import { ask, catchErrors, client, command, conversation, createTutor, newThread, until } from './support';
import { TestWindow } from './window';

const quiz = JSON.stringify({ title: 'Sample Quiz', questions: [{ question_text: 'What is your name?' }] });

/** The functions of the test's assistant. */
const tools: FunctionTool[] = [
  { type: 'function', function: { name: 'display_quiz', description: 'Shows a quiz.' } },
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'Tells the weather.',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

describe('the function calls of a window', () => {
  let window: TestWindow;
  let isRefused: (url: string) => Response | undefined;

  beforeEach(() => {
    isRefused = () => undefined;
    window = TestWindow.open({ refuse: (url) => isRefused(url) });
  });

  afterEach(async () => {
    await window.close();
    deepEqual(window.reported, []);
  });

  it('are shown with the function’s own description and schema', async () => {
    const run = await waitingRun(['get_weather', '{"city":"Oslo"}']);
    deepEqual(pending(run), [
      {
        callId: callIds(run)[0],
        name: 'get_weather',
        arguments: '{"city":"Oslo"}',
        description: 'Tells the weather.',
        parameters: tools[1]!.function.parameters,
        argumentsError: undefined,
        handler: { kind: 'user' },
        state: 'waiting',
        output: undefined,
        error: undefined,
        draft: undefined,
      },
    ]);
  });

  it('say why their arguments are invalid', async () => {
    const run = await waitingRun(
      ['get_weather', '{"city":'],
      ['get_weather', '{"city":7}'],
      ['get_weather', '{}'],
    );
    const [broken, wrong, missing] = pending(run).map(({ argumentsError }) => argumentsError ?? '');
    match(broken!, /^The arguments are not valid JSON: /);
    match(wrong!, /do not match .* city: .*number.*string/);
    match(missing!, /required property "city"/);
  });

  it('are shown as a quiz if the arguments are one, and else as a form', async () => {
    const run = await waitingRun(['display_quiz', quiz], ['display_quiz', '{"questions":"Who?"}']);
    deepEqual(
      pending(run).map(({ handler }) => handler.kind),
      ['quiz', 'user'],
    );
  });

  it('are answered in any order, and submitted together in the model’s order', async () => {
    const run = await waitingRun(['display_quiz', quiz], ['get_weather', '{"city":"Oslo"}']);
    const [first, second] = callIds(run);
    await window.calls.answer(run.id, second!, 'Rain');
    deepEqual(
      pending(run).map(({ state, output }) => [state, output]),
      [
        ['waiting', undefined],
        ['answered', 'Rain'],
      ],
    );
    equal(newest(run).status, 'requires_action');
    await window.calls.answer(run.id, first!, '["Ada"]');
    equal(window.calls.pending(run.thread_id), undefined);
    await ends(run, 'Thank you.');
    deepEqual(outputsSeen(), ['["Ada"]', 'Rain']);
  });

  it('are answered in a chat, which shows what the model says to it as it comes', async () => {
    const run = await waitingRun(['get_weather', '{"city":"Oslo"}']);
    const panel = window.openChat({ threadId: run.thread_id, assistantId: run.assistant_id });
    panel.post({ type: 'ready' });
    await panel.hasRun('requires_action');
    const [callId] = callIds(run);
    equal(panel.state?.pending?.calls[0]?.callId, callId);
    panel.post({ type: 'answerCall', runId: run.id, callId: callId!, output: 'Rain' });
    await panel.hasRun('in_progress');
    equal(panel.state?.pending, undefined);
    window.model.say('Take ', 'an umbrella.');
    await panel.shows('Hello?', 'Take an umbrella.');
    window.model.finish();
    await panel.hasRun('completed');
    match(JSON.stringify(panel.of('steps')), /"output":"Rain"/);
  });

  it('keep answers and drafts over a reload', async () => {
    const run = await waitingRun(['display_quiz', quiz], ['get_weather', '{"city":"Oslo"}']);
    const [first, second] = callIds(run);
    await window.calls.keepDraft(run.id, first!, 'Ad');
    await window.calls.answer(run.id, second!, 'Rain');
    window = await window.reload();
    equal(window.calls.pending(run.thread_id), undefined);
    await window.services.monitor.refresh(run.thread_id);
    deepEqual(
      pending(run).map(({ state, draft, output }) => [state, draft, output]),
      [
        ['waiting', 'Ad', undefined],
        ['answered', undefined, 'Rain'],
      ],
    );
    await window.calls.answer(run.id, first!, '["Ada"]');
    await ends(run, 'Thank you.');
    deepEqual(outputsSeen(), ['["Ada"]', 'Rain']);
  });

  it('keep nothing of a run that no longer waits', async () => {
    const run = await waitingRun(['get_weather', '{"city":"Oslo"}']);
    const [callId] = callIds(run);
    await window.calls.keepDraft(run.id, callId!, 'Ra');
    equal(window.state.keys().length, 1);
    await window.calls.answer(run.id, callId!, 'Rain');
    await ends(run, 'Thank you.');
    await window.calls.keepDraft(run.id, callId!, 'too late');
    deepEqual(window.state.keys(), []);
  });

  it('withdraw an answer that was not submitted', async () => {
    const run = await waitingRun(['display_quiz', quiz], ['get_weather', '{"city":"Oslo"}']);
    const [first, second] = callIds(run);
    await window.calls.answer(run.id, second!, 'Rain');
    await window.calls.reopen(run.id, second!);
    await window.calls.answer(run.id, first!, '["Ada"]');
    equal(newest(run).status, 'requires_action');
    await window.calls.answer(run.id, second!, 'Snow');
    await ends(run, 'Thank you.');
    deepEqual(outputsSeen(), ['["Ada"]', 'Snow']);
  });

  it('are submitted once, however often the answer is given', async () => {
    let submissions = 0;
    isRefused = (url) => void (url.includes('/submit_tool_outputs') && submissions++);
    const run = await waitingRun(['get_weather', '{"city":"Oslo"}']);
    const [callId] = callIds(run);
    await Promise.all(['Rain', 'Snow', 'Sun'].map((words) => window.calls.answer(run.id, callId!, words)));
    await ends(run, 'Thank you.');
    equal(submissions, 1);
  });

  it('keep the answers when they cannot be submitted, and submit them when the user tries again', async () => {
    const errors = catchErrors(({ actions }) => actions[0]);
    try {
      let failures = 1;
      isRefused = (url) =>
        url.includes('/submit_tool_outputs') && failures-- > 0 ? failure(503, 'Too busy.') : undefined;
      const run = await waitingRun(['get_weather', '{"city":"Oslo"}']);
      await window.calls.answer(run.id, callIds(run)[0]!, 'Rain');
      await ends(run, 'Thank you.');
      deepEqual(outputsSeen(), ['Rain']);
      deepEqual(errors.notices, [
        { message: 'The answers could not be sent: Too busy.', actions: ['Try Again'] },
      ]);
    } finally {
      errors.release();
    }
  });

  it('are submitted by the next window if this one could not', async () => {
    const errors = catchErrors();
    try {
      isRefused = (url) => (url.includes('/submit_tool_outputs') ? failure(503, 'Too busy.') : undefined);
      const run = await waitingRun(['get_weather', '{"city":"Oslo"}']);
      await window.calls.answer(run.id, callIds(run)[0]!, 'Rain');
      equal(newest(run).status, 'requires_action');
      window = await window.reload();
      isRefused = () => undefined;
      await window.services.monitor.refresh(run.thread_id);
      await ends(run, 'Thank you.');
      deepEqual(outputsSeen(), ['Rain']);
    } finally {
      errors.release();
    }
  });

  it('say in the form why the answers were not submitted, and can be answered again', async () => {
    const errors = catchErrors();
    try {
      isRefused = (url) => (url.includes('/runs') ? failure(503, 'Too busy.') : undefined);
      const run = await waitingRun(['get_weather', '{"city":"Oslo"}'], ['get_weather', '{"city":"Rome"}']);
      const [first, second] = callIds(run);
      await window.calls.answer(run.id, first!, 'Rain');
      await window.calls.answer(run.id, second!, 'Sun');
      const calls = pending(run);
      deepEqual(
        calls.map(({ state, output, error }) => [state, output, error]),
        [
          ['answered', 'Rain', 'The answers could not be sent: Too busy.'],
          ['answered', 'Sun', 'The answers could not be sent: Too busy.'],
        ],
      );
      isRefused = () => undefined;
      await window.calls.answer(run.id, second!, 'Sun');
      await ends(run, 'Thank you.');
      deepEqual(outputsSeen(), ['Rain', 'Sun']);
    } finally {
      errors.release();
    }
  });

  it('of a run that another client answered first are no longer pending', async () => {
    const run = await waitingRun(['get_weather', '{"city":"Oslo"}']);
    const panel = window.openChat({ threadId: run.thread_id, assistantId: run.assistant_id });
    panel.post({ type: 'ready' });
    await panel.hasRun('requires_action');
    const [callId] = callIds(run);
    window.model.say('Take an umbrella.');
    window.model.finish();
    await window.services.client.beta.threads.runs.submitToolOutputs(run.id, {
      thread_id: run.thread_id,
      tool_outputs: [{ tool_call_id: callId, output: 'Rain' }],
    });
    panel.post({ type: 'answerCall', runId: run.id, callId: callId!, output: 'Snow' });
    const error = await until('it is said', () => window.reported.pop());
    equal((error as Error).message, 'The run is no longer waiting for this answer.');
    await panel.hasRun('completed');
    await panel.shows('Hello?', 'Take an umbrella.');
    deepEqual(outputsSeen(), ['Rain']);
    deepEqual(window.state.keys(), []);
  });

  it('that another client answered are found on refresh', async () => {
    const run = await waitingRun(['get_weather', '{"city":"Oslo"}']);
    const panel = window.openChat({ threadId: run.thread_id, assistantId: run.assistant_id });
    panel.post({ type: 'ready' });
    await panel.hasRun('requires_action');
    window.model.say('Take an umbrella.');
    window.model.finish();
    const outputs = { tool_outputs: [{ tool_call_id: callIds(run)[0], output: 'Rain' }] };
    const { runs } = window.services.client.beta.threads;
    await runs.submitToolOutputsAndPoll(run.id, { thread_id: run.thread_id, ...outputs });
    await window.calls.refresh();
    await panel.hasRun('completed');
    await panel.shows('Hello?', 'Take an umbrella.');
  });

  it('end with a run that is cancelled', async () => {
    const run = await waitingRun(['get_weather', '{"city":"Oslo"}']);
    const panel = window.openChat({ threadId: run.thread_id, assistantId: run.assistant_id });
    panel.post({ type: 'ready' });
    await panel.hasRun('requires_action');
    panel.post({ type: 'stop' });
    await panel.hasRun('cancelled');
    equal(panel.state?.pending, undefined);
    deepEqual(window.services.monitor.activeRuns(), []);
  });

  it('are cancelled with what was filled in only after the user agrees', async () => {
    const run = await waitingRun(['display_quiz', quiz]);
    const [callId] = callIds(run);
    const panel = window.openChat({ threadId: run.thread_id, assistantId: run.assistant_id });
    panel.post({ type: 'ready' });
    await panel.hasRun('requires_action');
    panel.post({ type: 'callDraft', runId: run.id, callId: callId!, draft: '{"answers":[]}' });
    await until('it is stored', () => panel.session && window.calls.pending(run.thread_id)?.calls[0]?.draft);
    const original = vscode.window.showWarningMessage;
    const asked: string[] = [];
    const answers = [undefined, 'Cancel Run'];
    const standIn = (message: string) => {
      asked.push(message);
      return Promise.resolve(answers.shift());
    };
    Object.assign(vscode.window, { showWarningMessage: standIn });
    try {
      panel.post({ type: 'stop' });
      await until('it asks', () => asked.length === 1);
      equal(window.calls.pending(run.thread_id)?.calls[0]?.draft, '{"answers":[]}');
      equal(panel.state?.run?.status, 'requires_action');
      panel.post({ type: 'stop' });
      await panel.hasRun('cancelled');
    } finally {
      Object.assign(vscode.window, { showWarningMessage: original });
    }
    deepEqual(asked, Array(2).fill('Cancel the run and discard your answers?'));
  });

  it('of one turn after another in the same run are each asked for', async () => {
    const run = await waitingRun(['get_weather', '{"city":"Oslo"}']);
    const [first] = callIds(run);
    window.model.call('get_weather', '{"city":"Rome"}');
    window.model.finish('tool_calls');
    await window.calls.answer(run.id, first!, 'Rain');
    const next = await until('the next call waits', () => {
      const [call] = window.calls.pending(run.thread_id)?.calls ?? [];
      return call?.callId !== first && call;
    });
    equal(next.arguments, '{"city":"Rome"}');
    equal(next.state, 'waiting');
    await window.calls.answer(run.id, next.callId, 'Sun');
    await ends(run, 'Thank you.');
    deepEqual(outputsSeen(), ['Rain', 'Sun']);
  });

  it('refuse an answer that is not awaited', async () => {
    const run = await waitingRun(['get_weather', '{"city":"Oslo"}']);
    await rejects(window.calls.answer(run.id, 'call_none', 'Rain'), /no longer waiting for this answer/);
    equal(newest(run).status, 'requires_action');
  });

  for (const answered of [true, false]) {
    it(`that are a quiz ${answered ? 'with answers' : 'of a cancelled run'} are exported as Markdown`, async () => {
      const run = await waitingRun(['display_quiz', quiz]);
      const [callId] = callIds(run);
      if (answered) await window.calls.answer(run.id, callId!, '["Ada"]');
      if (answered) await ends(run, 'Thank you.');
      else await window.services.monitor.stop(run);
      await until('the run has ended', () => !['requires_action', 'cancelling'].includes(newest(run).status));
      const panel = window.openChat({ threadId: run.thread_id, assistantId: run.assistant_id });
      panel.post({ type: 'ready' });
      const step = await until('the step is shown', () =>
        panel
          .of('steps')
          .flatMap(({ steps }) => steps)
          .find(({ type }) => type === 'tool_calls'),
      );
      panel.post({ type: 'exportQuiz', runId: run.id, stepId: step.id, callId: callId! });
      const document = await until('the document is open', () => {
        const shown = vscode.window.activeTextEditor?.document;
        return shown?.languageId === 'markdown' && shown.isUntitled && shown;
      });
      equal(
        document.getText(),
        `**Quiz: Sample Quiz**\n\n1. What is your name?\n${answered ? '\n   Answer: Ada' : '\n*Not answered*'}\n`,
      );
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    });
  }

  /** Starts a run whose model makes these calls, and waits until it waits. */
  async function waitingRun(...calls: [name: string, args: string][]): Promise<Run> {
    const { client, monitor } = window.services;
    const assistant = await client.beta.assistants.create({ model: 'puppet/puppet', tools });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello?' }] });
    calls.forEach(([name, args], index) => window.model.call(name, args, index));
    window.model.finish('tool_calls');
    const refuses = isRefused;
    isRefused = () => undefined;
    const run = await monitor.start(thread.id, { assistant_id: assistant.id });
    const waiting = await monitor.waitFor(run);
    isRefused = refuses;
    equal(waiting.status, 'requires_action');
    return waiting;
  }

  async function ends(run: Run, words: string): Promise<void> {
    window.model.say(words);
    window.model.finish();
    await until('the run is completed', () => newest(run).status === 'completed');
  }

  function pending(run: Run): PendingCall[] {
    return window.calls.pending(run.thread_id)?.calls ?? [];
  }

  function newest(run: Run): Run {
    return window.services.monitor.newestRun(run.thread_id)!;
  }

  /** The outputs that the model received for its calls. */
  function outputsSeen(): string[] {
    const messages = window.model.lastRequest?.messages ?? [];
    return messages.flatMap((message) => (message.role === 'tool' ? [message.output] : []));
  }
});

describe('the command that answers function calls', () => {
  it('submits the output from its arguments, and the run continues', async () => {
    const run = await quizRun();
    const [callId] = callIds(run);
    const { id: runId, thread_id: threadId } = run;
    const resumed = await command<Run>('answerCall', {
      threadId,
      runId,
      callId,
      output: '["To find x", "4"]',
    });
    notEqual(resumed.status, 'requires_action');
    await until('the feedback is there', async () =>
      (await conversation(threadId)).some(({ text }) => text.includes('“4” is right!')),
    );
  });

  it('uses the newest run of a thread by default', async () => {
    const run = await quizRun();
    const [callId] = callIds(run);
    await command('answerCall', { threadId: run.thread_id, callId, output: '[null, null]' });
    await until('the feedback is there', async () =>
      (await conversation(run.thread_id)).some(({ text }) => text.includes('you skipped it')),
    );
  });

  it('says that the answer is not awaited', async () => {
    const run = await quizRun();
    await command('stopRun', { threadId: run.thread_id });
    await until('it is stopped', async () => {
      const { data } = await (await client()).beta.threads.runs.list(run.thread_id);
      return data[0]?.status === 'cancelled';
    });
    const given = { threadId: run.thread_id, callId: callIds(run)[0], output: '[]' };
    await rejects(command('answerCall', given), /no longer waiting for this answer/);
    await rejects(command('answerCall', { callId: 'call_1', output: '' }), /Specify the thread or the run/);
  });

  async function quizRun(): Promise<Run> {
    const { id } = await createTutor('Examiner');
    await (await client()).beta.assistants.update(id, { tools: [tools[0]!] });
    const thread = await newThread('Quiz');
    const run = await ask(thread.id, id, 'Make a quiz with 2 questions.');
    equal(run.status, 'requires_action');
    return run;
  }
});

function callIds(run: Run): string[] {
  return run.required_action?.submit_tool_outputs.tool_calls.map(({ id }) => id) ?? [];
}

function failure(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status });
}
