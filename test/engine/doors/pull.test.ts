import { deepEqual, equal, match, ok } from 'node:assert/strict';
import OpenAI from 'openai';
import { startServer } from '../../../src/engine/server/localServer';
import { readService, runImport, type ImportReport, type PullOptions } from '../../../src/transfer';
import { openSearch, storeWith, upload, whenRead } from '../fileSearchSupport';
import { afterTest, ask, collect, createTutor, until } from '../support';
import { snapshot } from './support';

interface Source {
  /** The client of this window, checked. */
  own: OpenAI;
  /** A client over the port. */
  client: OpenAI;
  source: string;
}

type Intercept = (request: Request, path: string) => Response | undefined | Promise<Response | undefined>;

/** A service on a port with an assistant, a store, files and threads. */
async function serve(intercept: Intercept = () => undefined): Promise<Source> {
  const { client: own, engine } = openSearch({ worker: null });
  const server = await startServer({ engine, port: 0, token: 'secret' });
  afterTest(() => server.close(() => Promise.resolve()));
  const client = new OpenAI({
    baseURL: server.url,
    apiKey: 'secret',
    maxRetries: 3,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const path = new URL(request.url).pathname.replace('/v1', '');
      return (await intercept(request, path)) ?? fetch(request);
    },
  });
  const store = await storeWith(own, { 'notes.txt': 'The gradient is the slope.' });
  await upload(own, 'data.csv', 'a,b\n1,2\n');
  const tutor = await createTutor(own, {
    model: 'demo/tutor',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  });
  for (const question of ['What is a gradient?', 'Solve 3x + 11 = 14', 'Hello']) {
    const run = await ask(own, tutor, question);
    const place = { thread_id: run.thread_id };
    await until(
      'it ends',
      async () => (await own.beta.threads.runs.retrieve(run.id, place)).status === 'completed',
    );
  }
  return { own, client, source: server.url };
}

function pull(
  { client, source }: Source,
  target: OpenAI,
  threads: PullOptions['threads'] = 'all',
): Promise<ImportReport> {
  return runImport({ client: target, reader: readService({ client, target, source, threads }) });
}

const refused = (status: number, message: string, headers: Record<string, string> = {}): Response =>
  Response.json(
    { error: { message, type: 'invalid_request_error', param: null, code: null } },
    { status, headers },
  );

describe('Another service', () => {
  it('is taken over as it is, and once', async () => {
    const there = await serve();
    const { client: target } = openSearch({ worker: null });
    const report = await pull(there, target);
    deepEqual([report.problems, report.error], [[], undefined]);
    const before = await snapshot(there.own);
    for (const { id } of before.stores) await whenRead(target, id);
    deepEqual(await snapshot(target), before);
    const again = await pull(there, target);
    equal(again.counts.thread?.exists, 3);
    ok(Object.values(again.counts).every(({ created }) => created === 0));
    deepEqual(await snapshot(target), before);
  });

  it('goes on after the connection was cut, and writes nothing twice', async () => {
    let left = 12;
    const there = await serve(() => {
      if (left-- > 0) return undefined;
      throw new TypeError('cut');
    });
    const { client: target } = openSearch({ worker: null });
    const reports: ImportReport[] = [];
    // Each attempt has room for what it finds here, and some more.
    while (reports.at(-1)?.error !== undefined || reports.length === 0) {
      reports.push(await pull(there, target));
      left = 12 + 8 * reports.length;
      ok(reports.length < 10);
    }
    ok(reports.length > 1);
    match(reports[0]?.error ?? '', /Connection error/);
    const before = await snapshot(there.own);
    for (const { id } of before.stores) await whenRead(target, id);
    deepEqual(await snapshot(target), before);
  });

  it('may be without our extensions, and refuse files: threads are read by their ids', async () => {
    const included = new Set<string>();
    const there = await serve((request, path) => {
      const url = new URL(request.url);
      if (path === '/threads' && request.method === 'GET') return refused(404, 'Invalid URL');
      const asked = url.searchParams.getAll('include[]').concat(url.searchParams.getAll('include'));
      asked.forEach((one) => included.add(one));
      if (asked.includes('turn')) return refused(400, "Invalid value: 'turn'");
      if (/^\/files\/.+\/content$/.test(path))
        return refused(400, 'Not allowed to download files of purpose: assistants');
      return undefined;
    });
    const { client: target } = openSearch({ worker: null });
    const all = await pull(there, target);
    ok(all.problems.some(({ reason }) => reason === 'threadsNotListed'));
    equal(all.problems.filter(({ reason }) => reason === 'notDownloadable').length, 2);
    const { threads } = await snapshot(there.own);
    const report = await pull(there, target, [...threads.map(({ id }) => id), 'thread_unknown']);
    deepEqual(
      report.problems.filter(({ object }) => object === 'thread').map(({ id }) => id),
      ['thread_unknown'],
    );
    ok(included.has('turn'));
    const messagesOf = async (client: OpenAI) =>
      (await snapshot(client)).inThreads.map(({ messages }) => messages);
    deepEqual(await messagesOf(target), await messagesOf(there.own));
  });

  it('is asked again when it is busy', async () => {
    let busy = 3;
    const there = await serve((_request, path) =>
      path.endsWith('/messages') && busy-- > 0
        ? refused(429, 'Slow down', { 'retry-after-ms': '5' })
        : undefined,
    );
    const { client: target } = openSearch({ worker: null });
    const report = await pull(there, target);
    deepEqual([report.problems, report.error, report.counts.thread?.created], [[], undefined, 3]);
    ok(busy < 0);
  });

  it('may send the same pages for ever, and threads without ids', async () => {
    const there = await serve(async (request, path) => {
      const url = new URL(request.url);
      url.searchParams.delete('after');
      const response = await fetch(request.method === 'GET' ? new Request(url, request) : request);
      if (request.method !== 'GET' || path.endsWith('/content')) return response;
      const body = (await response.json()) as { data?: object[] };
      if (!Array.isArray(body.data)) return Response.json(body, response);
      const odd = path === '/threads' ? [null, { object: 'thread' }] : [null];
      return Response.json({ ...body, data: [...odd, ...body.data], has_more: true });
    });
    const { client: target } = openSearch({ worker: null });
    const report = await pull(there, target);
    deepEqual([report.error, report.counts.thread?.created], [undefined, 3]);
  });

  it('that fails for one thread costs that thread alone', async () => {
    const { client: target } = openSearch({ worker: null });
    let broken = '';
    const there = await serve((_request, path) =>
      broken !== '' && path.startsWith(`/threads/${broken}/`)
        ? refused(500, 'Broken', { 'x-should-retry': 'false' })
        : undefined,
    );
    const [first] = (await snapshot(there.own)).threads;
    broken = first?.id ?? '';
    const report = await pull(there, target);
    deepEqual([report.error, report.counts.thread?.created], [undefined, 2]);
    ok(report.problems.some(({ id }) => id === broken));
  });

  it('that does not answer can be cancelled', async () => {
    const aborter = new AbortController();
    const there = await serve((request, path) => {
      if (path !== '/files' || request.method !== 'GET') return undefined;
      aborter.abort();
      return new Promise<never>((_resolve, reject) => {
        const end = (): void => reject(new DOMException('Aborted', 'AbortError'));
        if (request.signal.aborted) end();
        else request.signal.addEventListener('abort', end);
      });
    });
    const { client: target } = openSearch({ worker: null });
    const { signal } = aborter;
    const reader = readService({ ...there, target, threads: 'all', signal });
    equal((await runImport({ client: target, reader, signal })).isCancelled, true);
  });

  it('that sends nonsense costs the objects alone', async () => {
    const there = await serve(async (request, path) => {
      if (!path.endsWith('/messages') && path !== '/assistants') return undefined;
      const response = await fetch(request);
      const body = (await response.json()) as { data: object[] };
      const odd = [
        { id: 'asst_1', model: 5 },
        { id: 'msg_odd', role: 'root' },
        { id: 'x', content: { a: 1 } },
      ];
      return Response.json({ ...body, data: [...odd, ...body.data] });
    });
    const { client: target } = openSearch({ worker: null });
    const report = await pull(there, target);
    equal(report.error, undefined);
    ok(report.problems.length >= 9);
    const texts = await collect(
      target.beta.threads.messages.list((await snapshot(target)).threads[0]?.id ?? ''),
    );
    equal(texts.length, 2);
  });
});
