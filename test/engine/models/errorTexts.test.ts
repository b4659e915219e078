import { deepEqual, equal } from 'node:assert/strict';
import { readErrorText } from '../../../src/engine/models/errorTexts';
import {
  interruptedError,
  malformedError,
  missingPathError,
  setupError,
  silentError,
  statusError,
  streamedError,
  unexpectedError,
  unreachableError,
  type FailedAnswer,
  type ServerInfo,
} from '../../../src/engine/models/modelErrors';
import { resolveModel } from '../../../src/engine/models/connections';
import type { ModelConnection } from '../../../src/engine/models/modelProvider';
import { orphanMessage } from '../../../src/engine/runs/orphan';

const openai: ServerInfo = { label: 'OpenAI', baseURL: 'https://api.openai.com/v1', secrets: [] };
const ollama: ServerInfo = { label: 'Ollama', baseURL: 'http://127.0.0.1:11434/v1', secrets: [] };

const answer = (status: number, message: string, code?: string, retryAfter?: number): FailedAnswer => ({
  status,
  body: JSON.stringify({ error: { message, code } }),
  retryAfter,
});

/** What was read of an error's message, on one line. */
function read({ message }: Error): string {
  const error = readErrorText(message);
  if (error === undefined) return `not read: ${message}`;
  if ('name' in error) return [error.name, ...error.params].join(' | ');
  const { server, event, reason, advice } = error;
  const parts = [server, event.name, ...event.params, reason && `(${reason})`, advice?.name];
  return [...parts, ...(advice?.params ?? [])].filter((part) => part !== undefined).join(' | ');
}

function connectionError(code: string): Error {
  return new Error('fetch failed', { cause: Object.assign(new Error('no'), { code }) });
}

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was thrown.');
}

describe('the message of an error', () => {
  it('of a server’s answer is read with its status, the server’s words, and the advice', () => {
    const host = 'OpenAI (api.openai.com)';
    const cases: [FailedAnswer, string][] = [
      [answer(401, 'Bad key.'), `${host} | answered | 401 | Bad key. | setKey`],
      [answer(403, 'Not you.'), `${host} | answered | 403 | Not you. | otherKey`],
      [
        answer(429, 'Too fast.', 'rate_limit_exceeded', 20),
        `${host} | answered | 429 | Too fast. | retryIn | 20`,
      ],
      [answer(429, 'Pay.', 'insufficient_quota'), `${host} | answered | 429 | Pay. | billing`],
      [answer(400, 'Too long.', 'context_length_exceeded'), `${host} | answered | 400 | Too long. | shorten`],
      [
        answer(404, 'No such model.', 'model_not_found'),
        `${host} | answered | 404 | No such model. | chooseModel`,
      ],
      [answer(500, ''), `${host} | answeredAlone | 500 | retry`],
    ];
    deepEqual(
      cases.map(([failed]) => read(statusError(openai, failed))),
      cases.map(([, words]) => words),
    );
  });

  it('is read where a server quotes what looks like another error', () => {
    const quoted = "Upstream answered 401: Set the connection's API key. Is it running?";
    equal(
      read(statusError(openai, answer(502, quoted))),
      `OpenAI (api.openai.com) | answered | 502 | ${quoted} | retry`,
    );
  });

  it('of a connection is read with its reason', () => {
    const host = 'Ollama (127.0.0.1:11434)';
    const cases: [Error, string][] = [
      [
        unreachableError(ollama, connectionError('ECONNREFUSED')),
        `${host} | unreachable | connection refused. | (refused) | isItRunning`,
      ],
      [
        unreachableError(ollama, connectionError('ENOTFOUND')),
        `${host} | unreachable | its host name could not be found. | (unknownHost) | checkNetwork`,
      ],
      [
        unreachableError(ollama, connectionError('SELF_SIGNED_CERT')),
        `${host} | unreachable | its certificate is not trusted. | (untrusted) | trust`,
      ],
      [unreachableError(ollama, connectionError('ECONNRESET')), `${host} | closed | retry`],
      [interruptedError(ollama), `${host} | interrupted | the connection was closed. | (closed) | retry`],
      [silentError(ollama, 30_000), `${host} | silentSeconds | 30 | retry`],
      [silentError(ollama, 600_000), `${host} | silentMinutes | 10 | retry`],
      [silentError(ollama, 30_000, 503), `${host} | silentSecondsAfter | 30 | 503 | retry`],
      [silentError(ollama, 600_000, 503), `${host} | silentMinutesAfter | 10 | 503 | retry`],
    ];
    deepEqual(
      cases.map(([error]) => read(error)),
      cases.map(([, words]) => words),
    );
  });

  it('of any other kind is read, too', () => {
    const host = 'Ollama (127.0.0.1:11434)';
    const noReason = { status: 200, body: '' };
    const cases: [Error, string][] = [
      [
        statusError(ollama, answer(404, 'model "x" not found')),
        `${host} | answered | 404 | model "x" not found. | chooseModelOfOllama`,
      ],
      [statusError(ollama, noReason), `${host} | answeredWithErrorAlone | retry`],
      [
        streamedError(ollama, { message: 'Oops.', codes: [] }, { started: true, body: '' }),
        `${host} | endedWithError | Oops. | retry`,
      ],
      [
        malformedError({ ...ollama, baseURL: 'http://127.0.0.1:11434' }, 'it is HTML'),
        `${host} | malformed | it is HTML. | likelyURL | http://127.0.0.1:11434/v1`,
      ],
      [
        missingPathError(ollama, '/v1/embeddings', answer(404, 'page not found')),
        `${host} | missingPath | 404 | /v1/embeddings | page not found. | useOther | /v1/embeddings`,
      ],
      [setupError(ollama, 'apiKey'), `${host} | badKey | setKey`],
      [
        setupError({ ...ollama, baseURL: 'nowhere' }, 'baseURL'),
        'Ollama | badUrl | nowhere | useHttp | http://127.0.0.1:11434/v1',
      ],
      [unexpectedError(ollama, new Error('Odd')), `${host} | unusable | Odd.`],
      [thrownBy(() => resolveModel([], 'a/b')), 'noConnections | a/b'],
      [
        thrownBy(() => resolveModel([{ id: 'demo' } as ModelConnection], 'gone/b')),
        'noConnection | gone | gone/b',
      ],
      [new Error(orphanMessage), 'orphan'],
    ];
    deepEqual(
      cases.map(([error]) => read(error)),
      cases.map(([, words]) => words),
    );
  });

  it('that is not known, or far too long, is not read', () => {
    equal(readErrorText('No assistant found with id ‘asst_1’.'), undefined);
    equal(readErrorText(` answered ${' answered 1 to POST'.repeat(50_000)}`), undefined);
  });
});
