import type { FunctionDefinition } from 'openai/resources/shared';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type * as Checking from './argumentCheck';
import { awaitedCalls } from '../client/runStatus';
import type { CallAnswerer } from '../protocol/functionCalls';
import { quizName, readQuiz } from '../protocol/quiz';
import type { Answerer, FunctionCall, Offer } from './answerer';

/** A call that waits for its output, and who can give it. */
export interface WaitingCall extends FunctionCall {
  id: string;
  /** The function, as the run was given it. */
  definition: FunctionDefinition | undefined;
  /** The arguments, parsed; undefined where they are no JSON. */
  value: unknown;
  /** What is wrong with the arguments. */
  problem: string | undefined;
  answerer: CallAnswerer;
  /** Who answers it in the user's place. */
  offer: Offer | undefined;
}

/** The calls that a run waits for, in the model's order. */
export function waitingCalls(run: Run, answerers: readonly Answerer[]): WaitingCall[] {
  return awaitedCalls(run).map(({ id, function: { name, arguments: json } }) => {
    const definition = definitionOf(run, name);
    // With its validator it is half of this folder: not before there is a call.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { checkArguments } = require('./argumentCheck') as typeof Checking;
    const { value, problem } = checkArguments(json, definition?.parameters);
    const call = { id, name, arguments: json, definition, value, offer: undefined };
    // A question whose type was left out fits no schema, and can be asked all the same.
    if (name === quizName && readQuiz(value)) {
      return { ...call, problem: undefined, answerer: { kind: 'quiz' } };
    }
    const offer = firstOffer(answerers, call, run);
    return { ...call, problem, offer, answerer: offer?.describe ?? { kind: 'user' } };
  });
}

function firstOffer(answerers: readonly Answerer[], call: FunctionCall, run: Run): Offer | undefined {
  for (const answerer of answerers) {
    const offer = answerer.find(call, run);
    if (offer) return offer;
  }
  return undefined;
}

function definitionOf(run: Run, name: string): FunctionDefinition | undefined {
  for (const tool of run.tools) {
    if (tool.type === 'function' && tool.function.name === name) return tool.function;
  }
  return undefined;
}
