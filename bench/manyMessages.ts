import type { Message } from 'openai/resources/beta/threads/messages';
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
    const thread: Thread = {
      id: newId('thread'),
      object: 'thread',
      created_at: unixTime(),
      metadata: {},
      tool_resources: null,
    };
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

function message(threadId: string, number: number, bytes: number): Message {
  const words = 'some words of a conversation about mathematics. ';
  const value = `Message ${number}: ${words.repeat(Math.ceil(bytes / words.length))}`;
  return {
    id: newId('msg'),
    object: 'thread.message',
    created_at: unixTime(),
    thread_id: threadId,
    status: 'completed',
    incomplete_details: null,
    completed_at: null,
    incomplete_at: null,
    role: number % 2 === 0 ? 'user' : 'assistant',
    content: [{ type: 'text', text: { value, annotations: [] } }],
    assistant_id: null,
    run_id: null,
    attachments: [],
    metadata: {},
  };
}
