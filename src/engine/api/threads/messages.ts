import type { Hono } from 'hono';
import type { Message, MessageContent } from 'openai/resources/beta/threads/messages';
import { badRequest, notFound } from '../../errors';
import { newId, unixTime } from '../../ids';
import { type ApiContext, requireFile, requireThread } from '../context';
import { storedPage } from '../input/pages';
import { loadSchemas } from '../input/loadSchemas';
import type { CreateMessage } from '../input/schemas';
import { makeVectorStore } from '../toolResources';
import { checkBody } from '../input/validate';

export function messageRoutes(app: Hono, context: ApiContext): void {
  const { messages } = context.store;

  app.get('/threads/:thread/messages', (c) => {
    const { id } = requireThread(context, c.req.param('thread'));
    const { run_id: runId, ...query } = c.req.query();
    return storedPage(messages, query, runId ? { thread_id: id, run_id: runId } : { thread_id: id });
  });

  app.post('/threads/:thread/messages', async (c) => {
    const { createMessage } = await loadSchemas();
    const body = await checkBody(createMessage, c.req.raw);
    const message = context.store.transaction(() => {
      const { id } = requireThread(context, c.req.param('thread'));
      rejectWhileRunning(context, id);
      return addMessage(context, id, body);
    });
    return c.json(message);
  });

  app.get('/threads/:thread/messages/:id', (c) =>
    c.json(requireMessage(context, c.req.param('thread'), c.req.param('id'))),
  );

  app.post('/threads/:thread/messages/:id', async (c) => {
    const { modifyMetadata } = await loadSchemas();
    const body = await checkBody(modifyMetadata, c.req.raw);
    const message = context.store.transaction(() => {
      const old = requireMessage(context, c.req.param('thread'), c.req.param('id'));
      return messages.update({
        ...old,
        metadata: body.metadata === undefined ? old.metadata : (body.metadata ?? {}),
      });
    });
    return c.json(message);
  });

  app.delete('/threads/:thread/messages/:id', (c) => {
    const { id } = requireMessage(context, c.req.param('thread'), c.req.param('id'));
    messages.delete(id);
    return c.json({ id, object: 'thread.message.deleted', deleted: true });
  });
}

/**
 * Inserts a message and adds its attachments to the thread's tool resources. Throws the API's 404 for a
 * file that does not exist. Call it in a transaction.
 */
export function addMessage(context: ApiContext, threadId: string, body: CreateMessage): Message {
  const message = insertMessage(context, threadId, body);
  giveAttachments(context, message);
  return message;
}

/** Inserts a message, whose attachments have to be given to the thread. Throws and is called as `addMessage`. */
export function insertMessage(context: ApiContext, threadId: string, body: CreateMessage): Message {
  return context.store.messages.insert(newMessage(context, threadId, body));
}

/** Adds a message's attachments to the thread's tool resources. Call it in a transaction. */
export function giveAttachments(context: ApiContext, message: Message): void {
  const { thread_id: threadId } = message;
  const attachedTo = (tool: AttachedTool): string[] =>
    (message.attachments ?? [])
      .filter(({ tools }) => tools?.some(({ type }) => type === tool))
      .flatMap(({ file_id }) => file_id ?? []);
  const forCode = attachedTo('code_interpreter');
  if (forCode.length > 0) giveToCodeInterpreter(context, threadId, forCode);
  const forSearch = attachedTo('file_search');
  if (forSearch.length > 0) giveToFileSearch(context, threadId, forSearch);
}

type AttachedTool = 'code_interpreter' | 'file_search';

function giveToCodeInterpreter(context: ApiContext, threadId: string, ids: readonly string[]): void {
  const thread = requireThread(context, threadId);
  const file_ids = [...new Set([...(thread.tool_resources?.code_interpreter?.file_ids ?? []), ...ids])];
  if (file_ids.length > maxToolFiles) {
    throw badRequest(
      `A thread's code interpreter takes at most ${maxToolFiles} files.`,
      'attachments',
      'array_above_max_length',
    );
  }
  const tool_resources = { ...thread.tool_resources, code_interpreter: { file_ids } };
  context.store.threads.update({ ...thread, tool_resources });
}

/** Adds files to the thread's vector store, which is created if there is none or it has expired. */
function giveToFileSearch(context: ApiContext, threadId: string, file_ids: readonly string[]): void {
  const { fileSearch } = context;
  const thread = requireThread(context, threadId);
  const [storeId] = thread.tool_resources?.file_search?.vector_store_ids ?? [];
  const stored = storeId === undefined ? undefined : fileSearch?.stores.get(storeId);
  if (fileSearch && stored && !stored.expired) {
    const known = new Set(file_ids.filter((id) => context.store.vectorStoreFiles.get(stored.id, id)));
    const added = file_ids.filter((id) => !known.has(id)).map((file_id) => ({ file_id }));
    if (added.length > 0) fileSearch.stores.addFiles(stored, added);
    return fileSearch.ingest.wake();
  }
  const expires_after = { anchor: 'last_active_at' as const, days: attachmentDays };
  const id = makeVectorStore(context, { file_ids: [...new Set(file_ids)], expires_after });
  const tool_resources = { ...thread.tool_resources, file_search: { vector_store_ids: [id] } };
  context.store.threads.update({ ...thread, tool_resources });
}

function newMessage(context: ApiContext, threadId: string, body: CreateMessage): Message {
  for (const { file_id } of body.attachments ?? []) requireFile(context, file_id);
  return {
    id: newId('msg'),
    object: 'thread.message',
    created_at: unixTime(),
    thread_id: threadId,
    status: 'completed',
    incomplete_details: null,
    completed_at: null,
    incomplete_at: null,
    role: body.role,
    content:
      typeof body.content === 'string'
        ? [textPart(body.content)]
        : body.content.map((part) => contentPart(context, part)),
    assistant_id: null,
    run_id: null,
    attachments: (body.attachments ?? []).map(({ file_id, tools = [] }) => ({ file_id, tools })),
    metadata: body.metadata ?? {},
  };
}

/** Maximum number of code interpreter files of an assistant or thread. */
const maxToolFiles = 20;

/** Days after its last use at which a vector store created for attachments expires, as in the hosted service. */
const attachmentDays = 7;

type RequestPart = Exclude<CreateMessage['content'], string>[number];

function contentPart(context: ApiContext, part: RequestPart): MessageContent {
  if (part.type === 'text') return textPart(part.text);
  if (part.type === 'image_file') {
    requireFile(context, part.image_file.file_id);
    return { type: 'image_file', image_file: { detail: 'auto', ...part.image_file } };
  }
  return { type: 'image_url', image_url: { detail: 'auto', ...part.image_url } };
}

function textPart(value: string): MessageContent {
  return { type: 'text', text: { value, annotations: [] } };
}

function rejectWhileRunning(context: ApiContext, threadId: string): void {
  const run = context.store.runs.activeOf(threadId);
  if (run) throw badRequest(`Can't add messages to ${threadId} while a run ${run.id} is active.`);
}

/** A message of a thread. Throws the API's 404. */
export function requireMessage(context: ApiContext, threadId: string, id: string): Message {
  requireThread(context, threadId);
  const message = context.store.messages.get(id);
  if (message?.thread_id !== threadId) throw notFound('message', id);
  return message;
}
