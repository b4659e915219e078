import type { Hono } from 'hono';
import type { Assistant } from 'openai/resources/beta/assistants';
import { newId, unixTime } from '../ids';
import { lazyPromise } from '../process/lazyPromise';
import type { GivenParameter } from '../store/tables/assistantTable';
import { type ApiContext, requireAssistant } from './context';
import { page } from './input/pages';
import { loadSchemas } from './input/loadSchemas';
import type { CreateAssistant } from './input/schemas';
import { answeredResources, resolveToolResources } from './toolResources';
import { checkBody } from './input/validate';
import { authorOf } from './versions/author';

export function assistantRoutes(app: Hono, context: ApiContext): void {
  const { assistants } = context.store;
  const schemas = lazyPromise(async () => (await loadSchemas()).withTools(context.tools));

  app.get('/assistants', (c) => page(assistants, c.req.query(), {}, assistantAnswer));

  app.post('/assistants', async (c) => {
    const body = await checkBody((await schemas()).createAssistant, c.req.raw);
    const assistant = context.store.transaction(() => {
      const tool_resources = resolveToolResources(context, body.tool_resources);
      const given = JSON.stringify(givenParameters(body, []));
      return assistants.insert(
        newAssistant({ ...body, tool_resources }),
        { given },
        { by: authorOf(c.req.raw) },
      );
    });
    return c.json(assistantAnswer(assistant));
  });

  app.get('/assistants/:id', (c) => c.json(assistantAnswer(requireAssistant(context, c.req.param('id')))));

  app.post('/assistants/:id', async (c) => {
    const body = await checkBody((await schemas()).modifyAssistant, c.req.raw);
    const assistant = context.store.transaction(() => {
      const old = requireAssistant(context, c.req.param('id'));
      const tool_resources = resolveToolResources(context, body.tool_resources);
      return assistants.update(
        { ...old, ...given({ ...body, tool_resources }) },
        { by: authorOf(c.req.raw) },
        givenParameters(body, assistants.given(old.id)),
      );
    });
    return c.json(assistantAnswer(assistant));
  });

  app.delete('/assistants/:id', (c) => {
    const { id } = requireAssistant(context, c.req.param('id'));
    assistants.delete(id);
    return c.json({ id, object: 'assistant.deleted', deleted: true });
  });
}

/** The assistant as the API answers it. */
export function assistantAnswer(assistant: Assistant): Assistant {
  return { ...assistant, tool_resources: answeredResources(assistant.tool_resources, assistant.tools) };
}

function newAssistant(body: CreateAssistant): Assistant {
  return {
    id: newId('asst'),
    object: 'assistant',
    created_at: unixTime(),
    name: null,
    description: null,
    instructions: null,
    tools: [],
    tool_resources: null,
    metadata: {},
    temperature: 1,
    top_p: 1,
    response_format: 'auto',
    ...(given(body) as { model: string } & Partial<Assistant>),
  };
}

const samplingParameters = ['temperature', 'top_p'] as const;

/** The sampling parameters that are set after a request. A null unsets one. */
function givenParameters(
  body: Partial<CreateAssistant>,
  before: readonly GivenParameter[],
): GivenParameter[] {
  return samplingParameters.filter((name) =>
    body[name] === undefined ? before.includes(name) : body[name] !== null,
  );
}

/** The fields that a request sets. A null resets metadata and the response format to their defaults. */
function given(body: Partial<CreateAssistant>): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== undefined),
  );
  if (fields['metadata'] === null) fields['metadata'] = {};
  if (fields['response_format'] === null) fields['response_format'] = 'auto';
  return fields;
}
