import { equal, ok, rejects } from 'node:assert/strict';
import { ask, client, command, createTutor, newThread, until } from './support';

describe('“Compact Data…”', () => {
  it('writes the database again, after which everything is there and works', async () => {
    const api = await client();
    const tutor = await createTutor('Compacted');
    const thread = await newThread('Before');
    await until('nothing is under way', async () => {
      const sizes = (await command('compactData', { confirm: false }).catch(() => undefined)) as
        { before: number; after: number } | undefined;
      if (sizes) ok(sizes.after > 0 && sizes.after <= sizes.before, JSON.stringify(sizes));
      return sizes !== undefined;
    });
    equal((await api.beta.assistants.retrieve(tutor.id)).name, 'Compacted');
    equal((await ask(thread.id, tutor.id, 'Hello?')).status, 'completed');
  });

  it('is refused while an assistant is working', async () => {
    const api = await client();
    const tutor = await createTutor('Busy');
    const thread = await newThread('Busy');
    await api.beta.threads.messages.create(thread.id, { role: 'user', content: 'Tell me a long story' });
    const run = await api.beta.threads.runs.create(thread.id, { assistant_id: tutor.id });
    await rejects(command('compactData', { confirm: false }), /while an assistant is working/);
    const ended = await api.beta.threads.runs.poll(run.id, { thread_id: thread.id });
    equal(ended.status, 'completed');
  });
});
