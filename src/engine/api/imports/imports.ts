import type { Hono } from 'hono';
import * as z from 'zod';
import { ApiError, badRequest } from '../../errors';
import type { FileObject } from 'openai/resources/files';
import { TimeSlices } from '../../timeSlices';
import type { ApiContext } from '../context';
import { maxFileBytes, uploadError } from '../files/files';
import { check } from '../input/validate';
import type { Importer } from './importer';
import { readLines } from './lines';
import { inSlices } from '../slices';

/** Milliseconds of writing in one transaction. */
const sliceTime = 10;

/** Where the objects of an import come from; ids are distinct within it. */
const query = z.object({ source: z.string().min(1).max(500).default('import') });

/** An extension: writes objects of the API as they are, with their ids and times. */
export function importRoutes(app: Hono, context: ApiContext): void {
  app.post('/imports', async (c) => {
    const { source } = check(query, c.req.query());
    return c.json(await importObjects(context, source, c.req.raw));
  });

  app.post('/imports/files', async (c) => {
    const { source } = check(query, c.req.query());
    return c.json(await importFile(context, source, { object: c.req.query('object'), request: c.req.raw }));
  });
}

/** Loads the importer, which few need. */
async function createImporter(context: ApiContext, source: string): Promise<Importer> {
  const { Importer } = await import('./importer');
  return new Importer(context, source);
}

/** Writes the objects of a body of lines in slices, each a transaction. */
async function importObjects(context: ApiContext, source: string, request: Request) {
  const { store } = context;
  const importer = await createImporter(context, source);
  const slices = new TimeSlices(request.signal);
  try {
    for await (const lines of readLines(request)) {
      let at = 0;
      await inSlices(store, () => {
        const end = performance.now() + sliceTime;
        importer.rejectLost();
        while (at < lines.length) {
          if (!takeLine(importer, lines[at] ?? '')) return undefined;
          at++;
          if (performance.now() > end) return at === lines.length || undefined;
        }
        return true;
      });
      request.signal.throwIfAborted();
      if (!slices.isOver) continue;
      await slices.next();
      await store.waitForLock();
    }
    store.transaction(() => {
      importer.rejectLost();
      importer.end();
    });
  } catch (error) {
    abandon(context, importer);
    throw error;
  }
  context.fileSearch?.ingest.wake();
  return importer.answer();
}

/** If that fails too, another engine deletes the thread once this one has ended. */
function abandon({ store }: ApiContext, importer: Importer): void {
  try {
    store.transaction(() => importer.abandon());
  } catch {
    // The error that stopped the import is the one to report.
  }
}

/** Returns whether it was taken, or could not be; false if it has to wait. */
function takeLine(importer: Importer, line: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    const reason = `It is not JSON: ${line.slice(0, 60)}`;
    importer.report({ object: 'line', source_id: null, reason });
    return true;
  }
  return importer.take(value);
}

/** Stores the content of a file, then the file. */
async function importFile(
  context: ApiContext,
  source: string,
  { object, request }: { object: string | undefined; request: Request },
) {
  const { store } = context;
  const importer = await createImporter(context, source);
  const value = parse(object) as { id?: unknown };
  let placed: FileObject | undefined;
  try {
    placed = store.transaction(() => importer.placeFile(value));
  } catch (error) {
    if (error instanceof ApiError || (error as { code?: unknown }).code !== undefined) throw error;
    throw badRequest((error as Error).message);
  }
  if (!placed) return importer.answer();
  const file = placed;
  try {
    const body = (request.body ?? new Blob([]).stream()) as ReadableStream<Uint8Array>;
    const bytes = await store.contents.write(file.id, body, maxFileBytes);
    store.transaction(() => {
      importer.writeFile(value.id as string, { ...file, bytes });
      importer.end();
    });
  } catch (error) {
    if (!store.files.get(file.id)) store.contents.delete(file.id);
    throw uploadError(error);
  }
  return importer.answer();
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw badRequest("The parameter 'object' is not the JSON of a file.", 'object');
  }
}
