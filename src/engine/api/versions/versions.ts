import type { Hono } from 'hono';
import type { Assistant, AssistantTool } from 'openai/resources/beta/assistants';
import * as z from 'zod';
import { lazy } from '../../lazy';
import { badRequest, notFound } from '../../errors';
import { resolveModel } from '../../models/connections';
import type { AssistantVersion } from '../../store/versions/versionTable';
import { assistantAnswer } from '../assistants';
import { type ApiContext, requireAssistant } from '../context';
import { page } from '../input/pages';
import { checkBody } from '../input/validate';
import { authorOf } from './author';

const restoreVersion = lazy(() =>
  z.strictObject({
    /** Leave out what no longer exists, rather than fail. */
    without_missing: z.boolean().nullish(),
  }),
);

/** Why a restored version is not quite, or does not work, as it did. */
interface Problem {
  param: string;
  message: string;
}

/** An extension: the versions of an assistant, which each change of it makes. */
export function versionRoutes(app: Hono, context: ApiContext): void {
  const { assistants } = context.store;
  const { versions } = assistants;

  app.get('/assistants/:id/versions', (c) => {
    const { id } = requireAssistant(context, c.req.param('id'));
    return page(versions, c.req.query(), { assistant_id: id }, answer);
  });

  app.get('/assistants/:id/versions/:version', (c) =>
    c.json(answer(requireVersion(context, c.req.param('id'), c.req.param('version')))),
  );

  app.post('/assistants/:id/versions/:version/restore', async (c) => {
    const body = await checkBody(restoreVersion(), c.req.raw);
    const restored = context.store.transaction(() => {
      const old = requireVersion(context, c.req.param('id'), c.req.param('version'));
      const { assistant, problems } = withoutMissing(context, old.assistant);
      if (problems.length > 0 && body.without_missing !== true) throw missingError(old, problems);
      const { id, created_at } = requireAssistant(context, old.assistant_id);
      const origin = { by: authorOf(c.req.raw), restoredFrom: old.version };
      assistants.update({ ...assistant, id, created_at }, origin, versions.given(old.id));
      const newest = requireVersion(context, id, String(versions.newestNumber(id)));
      return { ...answer(newest), problems: [...problems, ...modelProblems(context, assistant)] };
    });
    return c.json(restored);
  });
}

function answer(version: AssistantVersion): AssistantVersion {
  return { ...version, assistant: assistantAnswer(version.assistant) };
}

function requireVersion(context: ApiContext, assistantId: string, version: string): AssistantVersion {
  const { id } = requireAssistant(context, assistantId);
  const found = context.store.assistants.versions.find(id, version);
  if (!found) throw notFound('assistant version', version);
  return found;
}

function missingError({ version }: AssistantVersion, problems: readonly Problem[]): Error {
  const messages = problems.map(({ message }) => message).join(' ');
  return badRequest(
    `Version ${version} can't be restored as it was. ${messages}`,
    problems[0]?.param,
    'missing_resources',
  );
}

/** An assistant without the files, vector stores and tools that do not exist any more, each of which is a problem. */
function withoutMissing(
  context: ApiContext,
  assistant: Assistant,
): { assistant: Assistant; problems: Problem[] } {
  const problems: Problem[] = [];
  const keep = (exists: boolean, param: string, message: string): boolean => {
    if (!exists) problems.push({ param, message });
    return exists;
  };
  const { code_interpreter: code, file_search: search } = assistant.tool_resources ?? {};
  const tools = assistant.tools.filter((tool) =>
    keep(isAvailable(context, tool), 'tools', `The tool '${tool.type}' is not available.`),
  );
  const files = code?.file_ids?.filter((id) =>
    keep(
      context.store.files.get(id) !== undefined,
      'tool_resources.code_interpreter.file_ids',
      notFound('file', id).message,
    ),
  );
  const stores = search?.vector_store_ids?.filter((id) =>
    keep(
      context.fileSearch?.stores.get(id) !== undefined,
      'tool_resources.file_search.vector_store_ids',
      notFound('vector store', id).message,
    ),
  );
  const tool_resources = assistant.tool_resources && {
    ...assistant.tool_resources,
    ...(code && { code_interpreter: { ...code, ...(files && { file_ids: files }) } }),
    ...(search && { file_search: { ...search, ...(stores && { vector_store_ids: stores }) } }),
  };
  return { assistant: { ...assistant, tools, tool_resources }, problems };
}

function isAvailable({ tools }: ApiContext, { type }: AssistantTool): boolean {
  return type === 'function' || tools.has(type);
}

/** An assistant may have a model whose connection is yet to be added. */
function modelProblems({ models }: ApiContext, { model }: Assistant): Problem[] {
  try {
    resolveModel(models(), model);
    return [];
  } catch (error) {
    return [{ param: 'model', message: (error as Error).message }];
  }
}
