import type { Hono } from 'hono';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { badRequest } from '../../errors';
import { newId, unixTime } from '../../ids';
import { lazyPromise } from '../../process/lazyPromise';
import { followRun } from '../../runs/follow';
import { hasEnded } from '../../runs/state';
import { submitOutputs } from '../../runs/toolOutputs';
import type { GivenParameter } from '../../store/tables/assistantTable';
import type { RunSettings } from '../../store/tables/runTables';
import { type ApiContext, requireAssistant, requireRun, requireThread } from '../context';
import { checkInclude, type Include, includingReader } from '../input/include';
import { addMessage } from './messages';
import { page, storedPage } from '../input/pages';
import { loadSchemas } from '../input/loadSchemas';
import type { CreateRun } from '../input/schemas';
import { assistantReasoningEffort } from '../input/reasoningEffort';
import { eventStream } from '../sse';
import { threadAnswer } from './threadAnswer';
import { createThread } from './newThread';
import { check, checkBody } from '../input/validate';
import { asksForVersion, withVersion } from '../versions/runVersion';

/** The polling interval proposed to clients, in milliseconds. */
const pollAfterMs = 100;

export function runRoutes(app: Hono, context: ApiContext): void {
  const { runs } = context.store;
  const schemas = lazyPromise(async () => (await loadSchemas()).withTools(context.tools));

  app.get('/threads/:thread/runs', (c) => {
    const { id } = requireThread(context, c.req.param('thread'));
    if (!asksForVersion(c.req.url)) return storedPage(runs, c.req.query(), { thread_id: id });
    return page(runs, c.req.query(), { thread_id: id }, (run) => withVersion(context, run));
  });

  // Registered before the routes with `:thread`, which must not take “runs” for a thread's id.
  app.post('/threads/runs', async (c) => {
    const include = checkInclude(c.req.url);
    const { createThreadAndRun } = await schemas();
    const { thread: threadBody, tool_resources, ...body } = await checkBody(createThreadAndRun, c.req.raw);
    requireAssistant(context, body.assistant_id);
    const asked = { ...threadBody, tool_resources: tool_resources ?? threadBody?.tool_resources };
    const { thread, run } = await createThread(context, asked, (thread) => {
      const assistant = requireAssistant(context, body.assistant_id);
      return { thread, run: insertRun(context, thread.id, assistant, body) };
    });
    return startRun(context, run, { stream: body.stream, include, thread });
  });

  app.post('/threads/:thread/runs', async (c) => {
    const include = checkInclude(c.req.url);
    const body = await checkBody((await schemas()).createRun, c.req.raw);
    const run = context.store.transaction(() => {
      const { id } = requireThread(context, c.req.param('thread'));
      rejectSecondRun(context, id);
      const assistant = requireAssistant(context, body.assistant_id);
      for (const message of body.additional_messages ?? []) {
        addMessage(context, id, message);
      }
      return insertRun(context, id, assistant, body);
    });
    return startRun(context, run, { stream: body.stream, include });
  });

  app.get('/threads/:thread/runs/:run', (c) => {
    const run = requireRun(context, c.req.param('thread'), c.req.param('run'));
    // The official clients poll every five seconds unless the server names an interval.
    const answer = asksForVersion(c.req.url) ? withVersion(context, run) : run;
    return c.json(answer, 200, hasEnded(run) ? {} : { 'openai-poll-after-ms': String(pollAfterMs) });
  });

  app.post('/threads/:thread/runs/:run', async (c) => {
    const { modifyMetadata } = await loadSchemas();
    const body = await checkBody(modifyMetadata, c.req.raw);
    const run = context.store.transaction(() => {
      const old = requireRun(context, c.req.param('thread'), c.req.param('run'));
      return runs.update({
        ...old,
        metadata: body.metadata === undefined ? old.metadata : (body.metadata ?? {}),
      });
    });
    return c.json(run);
  });

  app.post('/threads/:thread/runs/:run/cancel', (c) => {
    const run = requireRun(context, c.req.param('thread'), c.req.param('run'));
    const cancelled = context.runs.cancel(run);
    if (cancelled.status !== 'cancelling')
      throw badRequest(`Cannot cancel run with status '${cancelled.status}'.`);
    return c.json(cancelled);
  });

  // An extension: streams the events of an active run, from its current state to its end.
  app.get('/threads/:thread/runs/:run/events', (c) => {
    const run = requireRun(context, c.req.param('thread'), c.req.param('run'));
    const include = checkInclude(c.req.url);
    return eventStream((reader) =>
      followRun(context.store, context.runs, run, includingReader(context, include, reader)),
    );
  });

  app.post('/threads/:thread/runs/:run/submit_tool_outputs', async (c) => {
    const include = checkInclude(c.req.url);
    const { submitToolOutputs } = await loadSchemas();
    const body = await checkBody(submitToolOutputs, c.req.raw);
    const { id } = requireRun(context, c.req.param('thread'), c.req.param('run'));
    const submitted = context.store.transaction(() =>
      submitOutputs(context.store, id, body.tool_outputs, context.runs.claim()),
    );
    const proceed = () => context.runs.resume(submitted);
    if (!body.stream) {
      proceed();
      return c.json(submitted.run);
    }
    return eventStream((reader) => {
      const stop = context.runs.events.subscribe(id, includingReader(context, include, reader));
      proceed();
      return stop;
    });
  });
}

/** How the creation of a run is answered. */
interface RunStartOptions {
  stream: boolean | null | undefined;
  include: readonly Include[];
  /** The thread that was created with the run. */
  thread?: Thread;
}

/** Starts an inserted run and answers with the run or with the stream of its events. */
function startRun(context: ApiContext, run: Run, { stream, include, thread }: RunStartOptions): Response {
  if (!stream) {
    context.runs.start(run);
    return Response.json(run);
  }
  return eventStream((reader) => {
    if (thread) reader.event({ event: 'thread.created', data: threadAnswer(thread) });
    reader.event({ event: 'thread.run.created', data: run });
    const stop = context.runs.events.subscribe(run.id, includingReader(context, include, reader));
    context.runs.start(run);
    return stop;
  });
}

function rejectSecondRun(context: ApiContext, threadId: string): void {
  const run = context.store.runs.activeOf(threadId);
  if (run) throw badRequest(`Thread ${threadId} already has an active run ${run.id}.`);
}

type RunBody = Omit<CreateRun, 'assistant_id'>;

/** Inserts a queued run that is owned by this engine. Call it in a transaction. */
function insertRun(context: ApiContext, threadId: string, assistant: Assistant, body: RunBody): Run {
  const now = unixTime();
  const run: Run = {
    id: newId('run'),
    object: 'thread.run',
    created_at: now,
    thread_id: threadId,
    assistant_id: assistant.id,
    status: 'queued',
    required_action: null,
    last_error: null,
    expires_at: now + context.runExpirySeconds,
    started_at: null,
    cancelled_at: null,
    failed_at: null,
    completed_at: null,
    incomplete_details: null,
    model: body.model ?? assistant.model,
    instructions: instructions(assistant, body),
    tools: body.tools ?? assistant.tools,
    metadata: body.metadata ?? {},
    usage: null,
    temperature: body.temperature ?? assistant.temperature ?? 1,
    top_p: body.top_p ?? assistant.top_p ?? 1,
    max_prompt_tokens: body.max_prompt_tokens ?? null,
    max_completion_tokens: body.max_completion_tokens ?? null,
    truncation_strategy: { type: 'auto', last_messages: null, ...body.truncation_strategy },
    tool_choice: body.tool_choice ?? 'auto',
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    response_format: body.response_format ?? assistant.response_format ?? 'auto',
  };
  rejectUnavailableTools(context, run);
  rejectWithoutPrompt(context, run);
  const ownEffort = check(assistantReasoningEffort(), assistant);
  const settings: RunSettings = {
    reasoningEffort: body.reasoning_effort ?? ownEffort,
    given: givenParameters(body, context.store.assistants.given(assistant.id)),
    assistantVersion: context.store.assistants.versions.newestNumber(assistant.id) ?? undefined,
  };
  return context.store.runs.insert(run, { owner: context.runs.claim(), settings: JSON.stringify(settings) });
}

const defaultedParameters = ['temperature', 'top_p', 'parallel_tool_calls'] as const;

/** The parameters that a run sets, or its assistant, for which `ofAssistant` are set. */
function givenParameters(body: RunBody, ofAssistant: readonly GivenParameter[]): GivenParameter[] {
  return defaultedParameters.filter((name) => body[name] != null || ofAssistant.includes(name));
}

function instructions(assistant: Assistant, body: RunBody): string {
  const own = body.instructions ?? assistant.instructions ?? '';
  return body.additional_instructions
    ? [own, body.additional_instructions].filter(Boolean).join('\n\n')
    : own;
}

/** Rejects a run that would ask the model nothing. Messages that are added with the run count. */
function rejectWithoutPrompt({ store }: ApiContext, { instructions, thread_id }: Run): void {
  if (instructions !== '' || store.messages.hasQuestion(thread_id)) return;
  throw badRequest(
    'Run creation requires a Thread with a user message or an assistant with instructions.',
    null,
    'invalid_thread',
  );
}

/** Rejects a run whose tool this engine lacks, rather than ignoring the tool. */
function rejectUnavailableTools({ tools }: ApiContext, run: Run): void {
  const tool = run.tools.find(({ type }) => type !== 'function' && !tools.has(type));
  if (!tool) return;
  throw badRequest(
    `The tool '${tool.type}' is not available in this version of Assistants Studio.`,
    'tools',
    'unsupported_tool',
  );
}
