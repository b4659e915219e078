import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { resolveModel } from '../models/connections';
import { ModelError, type ModelConnection, type ModelUsage } from '../models/modelProvider';
import { titleIn, titleRequest } from '../models/titleRequest';
import type { Store } from '../store/store';
import { modelMemory } from './modelMemory';
import { generateRecorded, recordTurn } from './modelRequests';

/** What the request for a title needs. */
export interface TitleContext {
  store: Store;
  models: () => readonly ModelConnection[];
  keptRequests: () => number;
  log: (message: string) => void;
}

/** Milliseconds that a model may take. */
const timeLimit = 60_000;

/** Characters of an answer from which on it is no title. */
const maxWritten = 20_000;

/**
 * Asks the model of a run for the title of its thread. The request is stored with those of the run, and its tokens are
 * added to the run's. Throws ModelError.
 */
export async function writeTitle(
  context: TitleContext,
  run: Run,
  { question, answer }: { question: Message; answer: Message },
): Promise<string> {
  const { connection, model } = resolveModel(context.models(), run.model);
  const request = titleRequest(model, textOf(question), textOf(answer));
  const recorder = recordTurn(context, run);
  const memory = modelMemory(context.store, connection, model);
  let written = '';
  let usage: ModelUsage | undefined;
  let failure: unknown;
  const signal = AbortSignal.timeout(timeLimit);
  try {
    const events = generateRecorded(connection.provider, request, signal, { memory, recorder });
    for await (const event of events) {
      if (event.type === 'text') written += event.text;
      else if (event.type === 'usage') usage = event.usage;
      if (written.length > maxWritten) break;
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    recorder?.save([], failure);
    if (usage) addUsage(context.store, run, usage);
  }
  const title = titleIn(written);
  if (title === '') throw new ModelError(`The model '${run.model}' wrote no title.`);
  return title;
}

function addUsage(store: Store, asked: Run, used: ModelUsage): void {
  const { promptTokens, completionTokens, cachedTokens = 0, reasoningTokens = 0 } = used;
  store.transaction(() => {
    const run = store.runs.get(asked.id);
    // Its thread may have been deleted meanwhile.
    store.usage.addTokens(run ?? { ...asked, thread_id: '' }, {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      cached_tokens: cachedTokens,
      reasoning_tokens: reasoningTokens,
    });
    if (!run) return;
    const { prompt_tokens = 0, completion_tokens = 0, total_tokens = 0 } = run.usage ?? {};
    store.runs.update({
      ...run,
      usage: {
        prompt_tokens: prompt_tokens + promptTokens,
        completion_tokens: completion_tokens + completionTokens,
        total_tokens: total_tokens + promptTokens + completionTokens,
      },
    });
  });
}

function textOf({ content }: Message): string {
  return content.map((part) => (part.type === 'text' ? part.text.value : '')).join('\n');
}
