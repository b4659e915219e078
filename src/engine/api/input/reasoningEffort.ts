import * as z from 'zod';
import { lazy } from '../../lazy';

export const reasoningEffort = lazy(() =>
  z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
);

/** Reads `reasoning_effort` of a stored assistant, a field that the document's assistant object does not define. */
export const assistantReasoningEffort = lazy(() =>
  z
    .object({ reasoning_effort: reasoningEffort() })
    .transform((assistant) => assistant.reasoning_effort ?? undefined),
);
