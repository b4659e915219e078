import type OpenAI from 'openai';
import { modelName, type Pace } from './pacedModel';

/** A way to get an answer: through the engine, or from the model server directly. */
export interface Way {
  /** Prepares what that many questions need, which is not measured. */
  prepare: (questions: number) => Promise<void>;
  /** Asks once; calls back at the first text, resolves at the end of the answer to the number of its events. */
  ask: (pace: Pace, onFirstText?: () => void) => Promise<number>;
}

export async function throughEngine(client: OpenAI): Promise<Way> {
  const assistant = await client.beta.assistants.create({ name: 'Bench', model: 'bench/paced' });
  const ready: string[] = [];
  return {
    async prepare(questions) {
      const message = { role: 'user' as const, content: 'What is the time?' };
      while (ready.length < questions)
        ready.push((await client.beta.threads.create({ messages: [message] })).id);
    },
    async ask(pace, onFirstText) {
      const thread = ready.pop();
      if (thread === undefined) throw new Error('There is no thread left.');
      const params = { assistant_id: assistant.id, model: `bench/${modelName(pace)}` };
      let first = true;
      let events = 0;
      for await (const { event, data } of await client.beta.threads.runs.create(thread, {
        ...params,
        stream: true,
      })) {
        events++;
        if (event === 'thread.message.delta' && first) {
          first = false;
          onFirstText?.();
        }
        if (event === 'thread.run.failed') throw new Error(data.last_error?.message);
      }
      return events;
    },
  };
}

export function straight(client: OpenAI): Way {
  const messages = [{ role: 'user' as const, content: 'What is the time?' }];
  return {
    prepare: () => Promise.resolve(),
    async ask(pace, onFirstText) {
      const model = modelName(pace);
      let first = true;
      let events = 0;
      for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
        events++;
        if (!first || !chunk.choices[0]?.delta.content) continue;
        first = false;
        onFirstText?.();
      }
      return events;
    },
  };
}
