import assert from 'node:assert/strict';
import { checkedFetch } from '../contract';
import type { TestEngine } from '../support';

/** The JSON of an answer, of which a test looks at a few fields. */
export type Json = Record<string, unknown>;

export interface Answer {
  status: number;
  headers: Headers;
  json: Json;
}

/** The headers of the official Python client. */
const pythonHeaders = {
  'content-type': 'application/json',
  accept: 'application/json',
  authorization: 'Bearer local',
  'user-agent': 'OpenAI/Python 1.30.1',
  'openai-beta': 'assistants=v2',
  'x-stainless-lang': 'python',
  'x-stainless-package-version': '1.30.1',
  'x-stainless-runtime': 'CPython',
};

/** Sends requests as other programs write them: `body` is their text. Answers are checked against the contract. */
export function sender({ engine }: TestEngine) {
  const fetch = checkedFetch(engine.fetch);
  return async (method: string, path: string, body?: string): Promise<Answer> => {
    const response = await fetch(`http://engine${path}`, { method, headers: pythonHeaders, body });
    return { status: response.status, headers: response.headers, json: (await response.json()) as Json };
  };
}

/** Asserts that an answer is an error with this code and message. */
export function assertError(answer: Answer, status: number, code: string | null, message: RegExp): void {
  const error = answer.json['error'] as { code: string | null; message: string };
  assert.deepEqual([answer.status, error.code], [status, code]);
  assert.match(error.message, message);
}
