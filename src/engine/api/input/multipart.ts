import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { type ApiError, badRequest } from '../../errors';

interface Fields {
  [name: string]: string | Fields;
}

/**
 * Reads a `multipart/form-data` body as it comes. Each file is handed to `onFile`, which reads all of
 * its content; the fields are returned, `a[b]` as objects. Throws the API's 400 where it is no such body.
 */
export async function readMultipart(
  request: Request,
  onFile: (field: string, filename: string, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<Fields> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!contentType.startsWith('multipart/form-data') || !request.body) {
    throw badRequest(
      'The body of the request has to be multipart/form-data, with the file in the field `file`.',
    );
  }
  // Without a prototype: `__proto__` is a field like any other.
  const fields = Object.create(null) as Fields;
  const files: { stream: Readable; done: Promise<void> }[] = [];
  const parser = parserOf(contentType);
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
      parser.on('error', (error) => reject(unreadable(error)));
      parser.on('finish', resolve);
      body.on('error', reject);
      body.pipe(parser);
    });
    await Promise.all(files.map(({ done }) => done));
    return fields;
  } catch (error) {
    body.destroy();
    // Who still reads a file learns that it ends here, and has cleaned up before anybody is answered.
    for (const { stream } of files) stream.destroy(error instanceof Error ? error : undefined);
    await Promise.allSettled(files.map(({ done }) => done));
    throw error;
  }
}

function parserOf(contentType: string): InstanceType<typeof Busboy> {
  const limits = { fieldSize: 64 * 1024, fields: 32, files: 2 };
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
