/**
 * All messages about model servers that users see are made here, in one form:
 * `<connection> (<host>) <what happened>: <the provider's own words>. <what to do>`
 */
import { ModelError, type ModelErrorCode } from './modelProvider';

/** The server that a message is about. */
export interface ServerInfo {
  /** The connection's name. */
  label: string;
  baseURL: string;
  /** Keys and header values, which no message may contain. */
  secrets: Iterable<string>;
}

/** An error response of the provider. */
export interface FailedAnswer {
  status: number;
  body: string;
  /** In seconds, if the provider sent it. */
  retryAfter?: number;
}

const advice = {
  setKey: "Set the connection's API key.",
  otherKey: 'Set an API key that is allowed to do this.',
  chooseModel: 'Choose one of its models: “Assistants: Edit Assistant…” lists them.',
  otherTools: 'Choose a model that supports tools, or remove the tools.',
  checkURL: "Check the connection's base URL.",
  checkNetwork: "Check the connection's base URL and the network.",
  trust: 'Make this machine trust its certificate authority, or use a server whose certificate is trusted.',
  shorten: 'Start a new thread, or send less.',
  billing: 'Check the plan and billing of its account.',
  retry: 'Retry in a while.',
};

const maxQuoteLength = 400;

const connectionClosed = 'the connection was closed';
const untrusted = 'its certificate is not trusted';

/** Whether a message made here is about an API key that is missing, wrong or lacks permission. */
export function isAuthenticationError(message: string): boolean {
  return message.endsWith(advice.setKey) || message.endsWith(advice.otherKey);
}

/** The provider responded with an error status. */
export function statusError(server: ServerInfo, answer: FailedAnswer): ModelError {
  const error = parseError(answer.body);
  const quote = quoted(server, error.message);
  const what = `answered ${answer.status}${quote ? `: ${quote}` : '.'}`;
  return make(
    server,
    what,
    adviceFor(answer, error, hostOf(server.baseURL)),
    codeFor(answer.status, error),
    answer.status,
    answer.body,
  );
}

/** The provider reported an error inside a stream. */
export function streamedError(server: ServerInfo, body: unknown): ModelError {
  const error = parseErrorValue(body);
  const status = Number(error.code);
  const quote = quoted(server, error.message) || 'no reason given.';
  const answer = { status: status >= 400 && status < 600 ? status : 0, body: '' };
  return make(
    server,
    `ended its answer with an error: ${quote}`,
    adviceFor(answer, error, ''),
    codeFor(answer.status, error),
    undefined,
    JSON.stringify(body),
  );
}

/** The server could not be reached, or it closed the connection before it answered. */
export function unreachableError(server: ServerInfo, cause: unknown): ModelError {
  const reason = transportReason(cause);
  if (reason === connectionClosed)
    return make(server, 'closed the connection before it answered.', advice.retry);
  const what = `could not be reached: ${quoted(server, reason)}`;
  if (reason === untrusted) return make(server, what, advice.trust);
  const local = isLoopback(server.baseURL) && reason === 'connection refused';
  return make(server, what, local ? 'Is it running?' : advice.checkNetwork);
}

/** The answer ended before it was complete. */
export function interruptedError(server: ServerInfo, cause?: unknown): ModelError {
  const reason = cause === undefined ? connectionClosed : transportReason(cause);
  return make(server, `stopped in the middle of its answer: ${quoted(server, reason)}`, advice.retry);
}

/** The answer does not conform to the API. `what` is the reason, as a clause. */
export function malformedError(server: ServerInfo, what: string): ModelError {
  return make(server, `sent an answer that cannot be read: ${quoted(server, what)}`, advice.checkURL);
}

/** The idle timeout expired. `lastStatus` is the HTTP status of a failed attempt before it. */
export function silentError(server: ServerInfo, milliseconds: number, lastStatus?: number): ModelError {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  const before = lastStatus === undefined ? '' : ` after answering ${lastStatus}`;
  const code = lastStatus === undefined ? 'server_error' : codeFor(lastStatus, {});
  return make(server, `sent nothing for ${seconds} s${before}.`, advice.retry, code, lastStatus);
}

/** A setting of the connection makes requests impossible. */
export function setupError(server: ServerInfo, setting: 'baseURL' | 'apiKey'): ModelError {
  if (setting === 'apiKey')
    return make(server, 'could not be used: its API key contains invalid characters.', advice.setKey);
  const example = 'Use one like http://127.0.0.1:11434/v1.';
  return make(
    server,
    `could not be used: its base URL “${quoted(server, server.baseURL, '')}” is not an HTTP address.`,
    example,
  );
}

/** Any other error. */
export function unexpectedError(server: ServerInfo, cause: unknown): ModelError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return make(server, `could not be used: ${quoted(server, reason)}`, '');
}

/** Redacts the given secrets, and whatever looks like an API key, from text that may quote them. */
export function scrub(text: string, secrets: Iterable<string>): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length >= 4) clean = clean.replaceAll(secret, '…');
  }
  return clean.replace(/\b(?:sk|pk|rk|gsk|xai|key)-[\w*.-]{6,}|\bBearer\s+[\w*.~+/=-]{8,}/g, '…');
}

function make(
  server: ServerInfo,
  what: string,
  todo: string,
  code: ModelErrorCode = 'server_error',
  status?: number,
  answer?: string,
): ModelError {
  const host = hostOf(server.baseURL);
  const named = host === '' || server.label.includes(host);
  const who = scrub(named ? server.label : `${server.label} (${host})`, server.secrets);
  return new ModelError(`${who} ${what} ${todo}`.trim(), code, status, {
    tooLong: todo === advice.shorten,
    ...(answer !== undefined && { answer }),
  });
}

function hostOf(baseURL: string): string {
  return URL.canParse(baseURL) ? new URL(baseURL).host : '';
}

function isLoopback(baseURL: string): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0)(:|$)/.test(hostOf(baseURL));
}

/** Text from elsewhere, ready to be quoted: on one line, truncated, without secrets, ended like a sentence. */
function quoted(server: ServerInfo, text: string, end = '.'): string {
  const line = scrub(text.slice(0, 20_000), server.secrets)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (line === '') return '';
  if (line.length > maxQuoteLength) return `${line.slice(0, maxQuoteLength).trimEnd()}…`;
  return /[.!?…。]$/.test(line) ? line : line + end;
}

interface ProviderError {
  message: string;
  code?: string;
}

/** Reads the known forms of error bodies: OpenAI's, Ollama's string, FastAPI's `detail`, Google's list, plain text. */
function parseError(body: string): ProviderError {
  try {
    return parseErrorValue(JSON.parse(body));
  } catch {
    return { message: /^\s*</.test(body) ? '' : body };
  }
}

function parseErrorValue(value: unknown): ProviderError {
  if (typeof value === 'string') return { message: value };
  if (Array.isArray(value)) return parseErrorValue(value[0]);
  if (typeof value !== 'object' || value === null) return { message: '' };
  const fields = value as Record<string, unknown>;
  for (const inner of ['error', 'detail', 'errors']) {
    if (fields[inner]) return parseErrorValue(fields[inner]);
  }
  const message = [fields['message'], fields['msg']].find((text) => typeof text === 'string');
  const code = [fields['code'], fields['type']].find(
    (text) => typeof text === 'string' || typeof text === 'number',
  );
  return { message: message ?? '', code: code === undefined ? undefined : String(code) };
}

function codeFor(status: number, { code }: Partial<ProviderError>): ModelErrorCode {
  if (status === 429 || code?.startsWith('rate_limit') || code === 'insufficient_quota')
    return 'rate_limit_exceeded';
  if ([400, 404, 413, 422].includes(status) || code === 'invalid_prompt') return 'invalid_prompt';
  return 'server_error';
}

function adviceFor(answer: FailedAnswer, { message, code }: ProviderError, host: string): string {
  const { status } = answer;
  if (status === 401 || code === 'invalid_api_key' || /api key not valid/i.test(message))
    return advice.setKey;
  if (code === 'insufficient_quota' || status === 402) return advice.billing;
  if (status === 403) return advice.otherKey;
  if (status === 429) return answer.retryAfter ? `Retry in ${Math.ceil(answer.retryAfter)} s.` : advice.retry;
  if (status === 413 || code === 'context_length_exceeded' || /context (length|window|size)/i.test(message))
    return advice.shorten;
  if (noTools.test(message)) return advice.otherTools;
  if (isUnknownModel(status, message, code))
    return advice.chooseModel + (host.endsWith(':11434') ? ' (`ollama pull` gets more.)' : '');
  if (status === 404 || status === 405) return advice.checkURL;
  return status >= 500 || status === 0 || status === 408 || status === 409 ? advice.retry : '';
}

const noTools =
  /(not|n.t) (currently )?support (the use of )?(tools?|functions?)( us(e|age)|[ -]call(s|ing)?)?(?! ?[-_]?choice)\b|support tool use|(tools?|tool[ -]call(s|ing)?|function[ -]call(s|ing)?)["'`]? (is |are )?not (supported|enabled)|requires --enable-auto-tool-choice/i;

const modelCodes =
  /^(model_?not_?found|unknown_?model|invalid_?model|model_?not_?supported|deployment_?not_?found)$/i;

/** What servers say of a model that they do not have, rather than of what a model cannot do. */
const unknownModel = [
  /(no|unknown|invalid|unsupported|unable to (find|access)|not found the|could not find|cannot find) (such )?(the )?(model|deployment)\b/i,
  /\b(model|deployment)s?\b[^.;]{0,120}?\b(not (been )?(found|exist|loaded|available|deployed|installed|valid|pulled)|not a valid|unavailable|deprecated|decommissioned|retired|no longer|not have access|identifier is invalid)/i,
  /\bnot a valid model|\bpull(ing)? (it|the model)|^model: \S+$|no models? (is |are )?(currently )?loaded|is not a chat model|only supported in v1\//i,
  /models?\/\S+ is not found|模型不存在/i,
];

function isUnknownModel(status: number, message: string, code = ''): boolean {
  if (modelCodes.test(code)) return true;
  if (![400, 404, 422].includes(status)) return false;
  return unknownModel.some((pattern) => pattern.test(message));
}

const reasons: readonly [RegExp, string][] = [
  [/ECONNREFUSED|ERR_CONNECTION_REFUSED/, 'connection refused'],
  [/ENOTFOUND|EAI_AGAIN|ERR_NAME_NOT_RESOLVED/, 'its host name could not be found'],
  [/ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|ERR_CONNECTION_TIMED_OUT/, 'it did not answer'],
  [/EHOSTUNREACH|ENETUNREACH|ERR_INTERNET_DISCONNECTED|ERR_ADDRESS_UNREACHABLE/, 'there is no route to it'],
  [/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/, untrusted],
  [/EPROTO|ERR_SSL|WRONG_VERSION_NUMBER/, 'it does not support HTTPS'],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET|terminated|ERR_CONNECTION_RESET/, connectionClosed],
];

/** Whether a connection failed because of its certificate, which a retry does not change. */
export function isUntrusted(cause: unknown): boolean {
  return transportReason(cause) === untrusted;
}

/** Why a connection failed, for the user, from the chain of causes that `fetch` wraps around it. */
function transportReason(cause: unknown): string {
  const chain: Error[] = [];
  for (let error = cause; error instanceof Error && chain.length < 8; error = error.cause) chain.push(error);
  const text = chain
    .map((error) => `${'code' in error ? String(error.code) : ''} ${error.message}`)
    .join(' ');
  const known = reasons.find(([pattern]) => pattern.test(text));
  return known?.[1] ?? chain.at(-1)?.message ?? String(cause);
}
