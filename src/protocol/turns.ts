/** What our engine adds to the steps that it is asked to include `turn` in: the model turn that made a step. */
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { isIndex, isListOf, isNumber, isObjectOf, isOptional, isString, type Guarded } from './guards';
import { isObject } from './json';

/** The value of `include[]` that asks for it. */
export const includesTurn = 'turn';

/** UTF-16 units of a step's reasoning that the panel gets. */
export const maxShownReasoning = 40_000;

const isReasoning = isObjectOf({
  text: isString,
  /** How long it took; unset while it lasts. */
  seconds: isOptional(isNumber),
});

const isUsage = isObjectOf({ cached_tokens: isOptional(isIndex), reasoning_tokens: isOptional(isIndex) });

/** `window`: the model's context window in tokens, null if it is not known; `tokens`: those of the prompt. */
const isContext = isObjectOf({
  window: (value: unknown): value is number | null => value === null || isNumber(value),
  tokens: isNumber,
  /** What the model could have, if its server gives it less. */
  model_window: isOptional(isNumber),
  messages_left_out: isOptional(isNumber),
  outputs_shortened: isOptional(isNumber),
});

/** Names of parameters, `images`: what the server rejected and the turn was sent without. */
const isOmitted = isListOf(isString);

export interface Turn {
  reasoning?: Guarded<typeof isReasoning>;
  usage?: Guarded<typeof isUsage>;
  omitted?: Guarded<typeof isOmitted>;
  context?: Guarded<typeof isContext>;
}

/** The model turn of a step, as far as the server tells it; servers are not trusted. */
export function turnOf(step: RunStep): Turn {
  const turn: unknown = 'turn' in step ? step.turn : undefined;
  if (!isObject(turn)) return {};
  const { reasoning, usage, omitted, context } = turn;
  return {
    ...(isReasoning(reasoning) && { reasoning }),
    ...(isUsage(usage) && { usage }),
    ...(isOmitted(omitted) && { omitted }),
    ...(isContext(context) && { context }),
  };
}

/** The same step with another turn. */
export function withTurn(step: RunStep, turn: Turn): RunStep {
  return Object.assign({ ...step }, { turn });
}

/** The seconds that a step took, with tenths: the host adds them if it has seen the step begin and end. */
export function measuredSeconds(step: RunStep): number | undefined {
  const seconds: unknown = 'measured_seconds' in step ? step.measured_seconds : undefined;
  return isNumber(seconds) ? seconds : undefined;
}

/** The same step with the seconds that it took. */
export function withMeasured(step: RunStep, seconds: number): RunStep {
  return Object.assign({ ...step }, { measured_seconds: seconds });
}
