import type { Hono } from 'hono';
import type { FileObject } from 'openai/resources/files';
import * as z from 'zod';
import { lazy } from '../../lazy';
import { ApiError, badRequest, notFound } from '../../errors';
import { deleteFile } from '../../fileDeletion';
import { newId, unixTime } from '../../ids';
import { FileTooLargeError } from '../../store/fileContents';
import { type ApiContext, requireFile } from '../context';
import { readMultipart } from '../input/multipart';
import { page } from '../input/pages';
import { check } from '../input/validate';

/** The service's limit for one file, in bytes. */
export const maxFileBytes = 512 * 1024 * 1024;

const fields = lazy(() =>
  z.strictObject({
    purpose: z.enum(['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals']),
    expires_after: z
      .strictObject({
        anchor: z.literal('created_at'),
        seconds: z.coerce.number().int().min(3600).max(2_592_000),
      })
      .optional(),
  }),
);

export function fileRoutes(app: Hono, context: ApiContext): void {
  const { files, contents } = context.store;

  app.get('/files', (c) => {
    const { purpose, ...query } = c.req.query();
    return page(files, query, purpose ? { purpose } : {}, answer, { sizes: 'files' });
  });

  app.post('/files', async (c) => c.json(answer(await upload(context, c.req.raw))));

  app.get('/files/:id', (c) => c.json(answer(requireFile(context, c.req.param('id')))));

  app.get('/files/:id/content', (c) => {
    const file = requireFile(context, c.req.param('id'));
    return new Response(contents.stream(file), {
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(file.bytes) },
    });
  });

  app.delete('/files/:id', (c) => {
    const id = c.req.param('id');
    if (!deleteFile(context, id)) throw notFound('file', id);
    return c.json({ id, object: 'file', deleted: true });
  });
}

/** With a field that the document deprecates and the hosted service always sent. */
function answer(file: FileObject): Omit<FileObject, 'status_details'> & { status_details: null } {
  return { ...file, status_details: null };
}

/** Streams an upload to disk. The file object is created once the content is complete and the fields are valid. */
async function upload({ store }: ApiContext, request: Request): Promise<FileObject> {
  const id = newId('file');
  const received: { filename?: string; bytes?: number } = {};
  try {
    const form = await readMultipart(request, async (field, filename, content) => {
      if (field !== 'file' || received.filename !== undefined) {
        throw badRequest(`Unknown parameter: '${field}'.`, field, 'unknown_parameter');
      }
      received.filename = filename;
      received.bytes = await store.contents.write(id, content, maxFileBytes);
    });
    const { purpose, expires_after } = check(fields(), form);
    const { filename, bytes } = received;
    if (filename === undefined || bytes === undefined) {
      throw badRequest("Missing required parameter: 'file'.", 'file', 'missing_required_parameter');
    }
    const created_at = unixTime();
    return store.files.insert({
      id,
      object: 'file',
      bytes,
      created_at,
      ...(expires_after && { expires_at: created_at + expires_after.seconds }),
      filename,
      purpose: purpose as FileObject['purpose'],
      status: 'processed',
    });
  } catch (error) {
    store.contents.delete(id);
    throw uploadError(error);
  }
}

/** The error to answer if a file's content could not be written. */
export function uploadError(error: unknown): unknown {
  if (!(error instanceof FileTooLargeError)) return error;
  const message = `The file is larger than ${maxFileBytes / 1024 / 1024} MB.`;
  return new ApiError(413, message, 'file', 'file_too_large');
}
