import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { HostedRun } from '../../hosted/hostedRun';
import type { ModelMessage, ModelRequest, ModelTool, ModelToolChoice } from '../../models/modelProvider';
import type { GivenParameter } from '../../store/tables/assistantTable';
import type { Store } from '../../store/store';
import type { EngineTools } from '../../tools/engineTool';
import { totalUsage } from '../state';

interface RequestSources {
  store: Store;
  tools: EngineTools;
  /** Undefined if the model's provider answers none of the run's tools. */
  hostedRun?: HostedRun;
}

/** The request of a run's next turn, with these messages. `model` is the provider's own id. */
export function modelRequest(
  { store, tools: engineTools, hostedRun }: RequestSources,
  run: Run,
  model: string,
  messages: ModelMessage[],
): ModelRequest {
  const tools = run.tools.flatMap((tool): ModelTool[] => {
    if (tool.type === 'function') {
      const { name, description, parameters, strict } = tool.function;
      return [{ name, description, parameters, strict: strict ?? undefined }];
    }
    const engineTool = hostedRun?.has(tool.type) ? undefined : engineTools.get(tool.type);
    return engineTool ? [{ name: engineTool.type, ...engineTool.definition }] : [];
  });
  const hasTools = tools.length > 0 || hostedRun !== undefined;
  const settings = store.runs.settings(run.id);
  /** A parameter's value, unless it is a default that was not set. */
  const set = <T>(name: GivenParameter, value: T | null, unset: T): T | undefined =>
    value === null || (value === unset && !settings.given?.includes(name)) ? undefined : value;
  const format = run.response_format === 'auto' ? undefined : (run.response_format ?? undefined);
  return {
    model,
    instructions: run.instructions,
    messages,
    tools,
    ...(hostedRun && { hosted: hostedRun.tools }),
    toolChoice: hasTools ? toolChoice(run) : undefined,
    parallelToolCalls: hasTools ? set('parallel_tool_calls', run.parallel_tool_calls, true) : undefined,
    responseFormat: format as ModelRequest['responseFormat'],
    temperature: set('temperature', run.temperature, 1),
    topP: set('top_p', run.top_p, 1),
    reasoningEffort: settings.reasoningEffort ?? undefined,
    maxOutputTokens: tokensLeft(store, run),
  };
}

function toolChoice(run: Run): ModelToolChoice {
  const choice = run.tool_choice ?? 'auto';
  if (typeof choice === 'string') return choice;
  return { name: choice.function?.name ?? choice.type };
}

/** The tokens of `max_completion_tokens`, a limit of the whole run, that its earlier turns have left. */
function tokensLeft(store: Store, run: Run): number | undefined {
  if (run.max_completion_tokens === null) return undefined;
  const used = totalUsage(store.steps.ofRun(run.id).map((step) => store.steps.usage(step)));
  return Math.max(1, run.max_completion_tokens - (used?.completion_tokens ?? 0));
}
