import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { badRequest } from '../errors';

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
  const fields: Fields = {};
  const files: Promise<void>[] = [];
  const body = Readable.fromWeb(request.body);
  await new Promise<void>((resolve, reject) => {
    const parser = new Busboy({
      headers: { 'content-type': contentType },
      limits: { fieldSize: 64 * 1024, fields: 32, files: 2 },
    });
    const fail = (error: unknown): void => {
      body.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    parser.on('field', (name, value) => setField(fields, name, value));
    parser.on('file', (field, stream, filename) => {
      const done = onFile(field, basename(filename || 'file'), stream);
      files.push(done);
      // What nobody reads any more would hold the parser up.
      done.catch((error: unknown) => {
        stream.resume();
        fail(error);
      });
    });
    parser.on('error', (error) =>
      fail(badRequest(`The body of the request could not be read: ${String(error)}`)),
    );
    parser.on('finish', resolve);
    body.on('error', fail);
    body.pipe(parser);
  });
  await Promise.all(files);
  return fields;
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
