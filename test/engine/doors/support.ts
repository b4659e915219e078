import type OpenAI from 'openai';
import { collect } from '../support';

/** Everything that a client can read of its threads, assistants, files and vector stores. */
export async function snapshot(client: OpenAI) {
  const threads = await collect(everyThread(client));
  const inThreads = [];
  for (const { id } of threads) {
    const messages = await collect(client.beta.threads.messages.list(id, { order: 'asc' }));
    const runs = await collect(client.beta.threads.runs.list(id, { order: 'asc' }));
    const steps = [];
    for (const run of runs) {
      const list = client.beta.threads.runs.steps.list(run.id, {
        thread_id: id,
        order: 'asc',
        include: ['step_details.tool_calls[*].file_search.results[*].content'],
      });
      steps.push(...(await collect(list)));
    }
    const branches = await client.get(`/threads/${id}/branches`);
    inThreads.push({ id, messages, runs, steps, branches });
  }
  const files = await collect(client.files.list({ order: 'asc' }));
  const contents = [];
  for (const { id } of files) contents.push(await (await client.files.content(id)).text());
  const stores = await collect(client.vectorStores.list({ order: 'asc' }));
  const storeFiles = [];
  for (const { id } of stores)
    storeFiles.push(...(await collect(client.vectorStores.files.list(id, { order: 'asc' }))));
  const assistants = await collect(client.beta.assistants.list({ order: 'asc' }));
  return { assistants, threads, inThreads, files, contents, stores, storeFiles };
}

async function* everyThread(client: OpenAI): AsyncGenerator<{ id: string }> {
  for (let after: string | undefined; ;) {
    const query = { order: 'asc', limit: 100, ...(after !== undefined && { after }) };
    const page = await client.get<{ data: { id: string }[]; has_more: boolean }>('/threads', { query });
    yield* page.data;
    if (!page.has_more) return;
    after = page.data.at(-1)?.id;
  }
}

/** Deletes everything of a service. */
export async function deleteEverything(client: OpenAI): Promise<void> {
  const { assistants, threads, files, stores } = await snapshot(client);
  for (const { id } of threads) await client.beta.threads.delete(id);
  for (const { id } of stores) await client.vectorStores.delete(id);
  for (const { id } of files) await client.files.delete(id);
  for (const { id } of assistants) await client.beta.assistants.delete(id);
}

/** The answer to an import. */
export interface Answer {
  results: {
    object: string;
    source_id: string;
    id: string;
    status: string;
    added?: Record<string, number>;
  }[];
  problems: { object: string; source_id: string | null; thread_id?: string; reason: string }[];
  ignored_fields: string[];
}

/** Imports objects in their order. */
export function importObjects(client: OpenAI, objects: readonly unknown[], source = 'test'): Promise<Answer> {
  return client.post('/imports', {
    query: { source },
    body: objects.map((object) => JSON.stringify(object)).join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
}
