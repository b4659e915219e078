import { ModelError, type ModelMemory } from '../modelProvider';

/** The trait of a model that reasons: its summary is asked for, although no effort was set. */
const reasons = 'reasons';
const part = 'reasoning.summary';

/** Whether to ask for a summary of the reasoning, which some models, and some accounts, must not. */
export function asksForSummary(effort: string | undefined, memory: ModelMemory | undefined): boolean {
  const traits = memory?.get();
  if (traits?.rejects?.includes(part)) return false;
  return (effort !== undefined && effort !== 'none') || traits?.[reasons] === true;
}

/** Remembers a model that reasoned. */
export function rememberReasoning(memory: ModelMemory | undefined): void {
  if (memory?.get()[reasons] !== true) memory?.set({ [reasons]: true });
}

/** Whether a server rejected the request for a summary: remembers it. */
export function rejectsSummary(error: unknown, memory: ModelMemory | undefined): boolean {
  const isRejection = error instanceof ModelError && (error.status === 400 || error.status === 422);
  if (!isRejection || !/\bsummar(y|ies)\b/i.test(error.message)) return false;
  memory?.set({ rejects: [...(memory.get().rejects ?? []), part] });
  return true;
}
