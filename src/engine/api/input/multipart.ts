import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { Busboy } from '@fastify/busboy';
import { type ApiError, badRequest } from '../../errors';

interface Fields {
  [name: string]: string | Fields;
}

/**
 * Reads a `multipart/form-data` body as a stream. Passes each file to `onFile`, which must read all of its
 * content. Returns the fields, `a[b]` as an object. Throws the API's 400 if the body is malformed.
 */
export async function readMultipart(
  request: Request,
  onFile: (field: string, filename: string, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<Fields> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!contentType.startsWith('multipart/form-data') || !request.body) {
    throw badRequest(
      'The body of the request must be multipart/form-data, with the file in the field `file`.',
    );
  }
  // Without a prototype, so that `__proto__` is an ordinary field.
  const fields = Object.create(null) as Fields;
  const files: { stream: Readable; done: Promise<void> }[] = [];
  const parser = await parserOf(contentType);
  const body = Readable.fromWeb(request.body);
  try {
    await new Promise<void>((resolve, reject) => {
      parser.on('field', (name, value) => setField(fields, name, value));
      parser.on('file', (field, stream, filename) => {
        stream.on('error', () => undefined);
        const done = onFile(field, basename(filename || 'file'), stream);
        files.push({ stream, done });
        done.catch(reject);
      });
      for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
        parser.on(limit, () => reject(badRequest('The form in the body of the request has too many parts.')));
      parser.on('error', (error) => reject(unreadable(error)));
      parser.on('finish', resolve);
      body.on('error', reject);
      body.pipe(parser);
    });
    await Promise.all(files.map(({ done }) => done));
    return fields;
  } catch (error) {
    body.destroy();
    // Ends the file streams and waits until their readers have cleaned up, before the request is answered.
    for (const { stream } of files) stream.destroy(error instanceof Error ? error : undefined);
    await Promise.allSettled(files.map(({ done }) => done));
    throw error;
  }
}

async function parserOf(contentType: string): Promise<InstanceType<typeof Busboy>> {
  const { Busboy } = await import('@fastify/busboy');
  const limits = { fieldSize: 64 * 1024, fields: 32, files: 2, parts: 34, headerPairs: 16 };
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits });
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): ApiError {
  return badRequest(
    `The body of the request could not be read: ${error instanceof Error ? error.message : String(error)}.`,
  );
}

/** `expires_after[seconds]` is the field `seconds` of the object `expires_after`. */
function setField(fields: Fields, name: string, value: string): void {
  const [, outer, inner] = /^([^[\]]+)\[([^[\]]+)\]$/.exec(name) ?? [];
  if (outer === undefined || inner === undefined) {
    fields[name] = value;
    return;
  }
  const object = fields[outer];
  fields[outer] = { ...(typeof object === 'object' ? object : {}), [inner]: value };
}
