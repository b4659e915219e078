import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { newId, unixTime } from '../src/engine/ids';
import { Store } from '../src/engine/store/store';

/**
 * Writes a thread with `length` messages, of about so many bytes each, directly into a data folder that no engine uses;
 * returns its id.
 */
export function writeThread(dataDir: string, length: number, bytes = 200): string {
  const store = new Store(dataDir);
  try {
    const thread = newThread();
    store.transaction(() => {
      store.threads.insert(thread);
      for (let number = 0; number < length; number += 1)
        store.messages.insert(message(thread.id, number, bytes));
    });
    return thread.id;
  } finally {
    store.close();
  }
}

/** Writes a thread with this many short runs, each of a question and its answer, in the same way. */
export function writeRuns(dataDir: string, count: number): string {
  const store = new Store(dataDir);
  try {
    const thread = newThread();
    store.transaction(() => {
      store.threads.insert(thread);
      for (let number = 0; number < count; number += 1) writeRun(store, thread.id, number);
    });
    return thread.id;
  } finally {
    store.close();
  }
}

function writeRun(store: Store, threadId: string, number: number): void {
  const now = unixTime();
  const question = textMessage(threadId, 'user', `What is ${number} and ${number}?`);
  store.messages.insert(question);
  const run: Run = {
    id: newId('run'),
    object: 'thread.run',
    created_at: now,
    thread_id: threadId,
    assistant_id: 'asst_1',
    status: 'completed',
    required_action: null,
    last_error: null,
    expires_at: null,
    started_at: now,
    cancelled_at: null,
    failed_at: null,
    completed_at: now,
    incomplete_details: null,
    model: 'bench',
    instructions: '',
    tools: [],
    metadata: {},
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    temperature: 1,
    top_p: 1,
    max_prompt_tokens: null,
    max_completion_tokens: null,
    truncation_strategy: { type: 'auto', last_messages: null },
    tool_choice: 'auto',
    parallel_tool_calls: true,
    response_format: 'auto',
  };
  store.runs.insert(run, { settings: '{}' });
  const answer: Message = {
    ...textMessage(threadId, 'assistant', `It is ${2 * number}.`),
    run_id: run.id,
    assistant_id: run.assistant_id,
  };
  const step: RunStep = {
    id: newId('step'),
    object: 'thread.run.step',
    created_at: now,
    assistant_id: run.assistant_id,
    thread_id: threadId,
    run_id: run.id,
    type: 'message_creation',
    status: 'completed',
    step_details: { type: 'message_creation', message_creation: { message_id: answer.id } },
    last_error: null,
    expired_at: null,
    cancelled_at: null,
    failed_at: null,
    completed_at: now,
    metadata: {},
    usage: run.usage,
  };
  store.steps.insert(step);
  store.messages.insert(answer);
  store.steps.setTurn(step.id, { leftOut: { for: 'bench 96000' }, usage: run.usage ?? undefined });
}

function newThread(): Thread {
  return {
    id: newId('thread'),
    object: 'thread',
    created_at: unixTime(),
    metadata: {},
    tool_resources: null,
  };
}

function message(threadId: string, number: number, bytes: number): Message {
  const words = 'some words of a conversation about mathematics. ';
  const value = `Message ${number}: ${words.repeat(Math.ceil(bytes / words.length))}`;
  return textMessage(threadId, number % 2 === 0 ? 'user' : 'assistant', value);
}

export function textMessage(threadId: string, role: Message['role'], value: string): Message {
  return {
    id: newId('msg'),
    object: 'thread.message',
    created_at: unixTime(),
    thread_id: threadId,
    status: 'completed',
    incomplete_details: null,
    completed_at: null,
    incomplete_at: null,
    role,
    content: [{ type: 'text', text: { value, annotations: [] } }],
    assistant_id: null,
    run_id: null,
    attachments: [],
    metadata: {},
  };
}
