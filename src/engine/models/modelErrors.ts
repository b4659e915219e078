/**
 * All messages about model servers that users see are made here, in one form:
 * `<connection> (<host>) <what happened>: <the provider's own words>. <what to do>`
 */
import { adviceTexts as advice, eventTexts, fillText, reasonTexts } from './errorTexts';
import { ModelError, type ModelErrorCode } from './modelProvider';
import { likelyAddress } from './server/addresses';
import { readErrorBody, type ProviderError } from './server/errors/errorBody';
import { causeOf, isTransient, statusOf } from './server/errors/errorCause';
import { contextLimitIn, isTooLongForAccount } from './server/errors/tooLong';

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

const maxQuoteLength = 400;

type ErrorDetails = Partial<
  Pick<ModelError, 'code' | 'status' | 'tooLong' | 'answer' | 'contextWindow' | 'reported' | 'transient'>
>;

/** Whether a message made here is about an API key that is missing, wrong or lacks permission. */
export function isAuthenticationError(message: string): boolean {
  return message.endsWith(advice.setKey) || message.endsWith(advice.otherKey);
}

/** Whether a message made here is about a base URL at which there is no API. */
export function isAddressError(message: string): boolean {
  return message.includes(advice.checkURL);
}

/** Whether a message made here is about the connection to a server, and not about what was sent to it. */
export function isConnectionError(message: string): boolean {
  const { checkNetwork, trust, retry, isItRunning } = advice;
  const ends = [checkNetwork, trust, retry, isItRunning].some((words) => message.endsWith(words));
  return ends || isAddressError(message) || isAuthenticationError(message);
}

/** The provider responded with an error status, or with an error in place of an answer. */
export function statusError(server: ServerInfo, answer: FailedAnswer): ModelError {
  const error = readErrorBody(answer.body);
  const quote = quoted(server, error.message);
  const what = answer.status < 300 ? errorInAnswer(quote) : answered(answer.status, quote);
  return reportedError(server, what, error, { ...answer, started: false });
}

function answered(status: number, quote: string): string {
  return quote ? fillText(eventTexts.answered, status, quote) : fillText(eventTexts.answeredAlone, status);
}

function errorInAnswer(quote: string): string {
  return quote ? fillText(eventTexts.answeredWithError, quote) : eventTexts.answeredWithErrorAlone;
}

/**
 * The provider reported an error inside a stream. `started` says that a part of the answer came before it, `body` is
 * the error as it was sent.
 */
export function streamedError(
  server: ServerInfo,
  error: ProviderError,
  { started, body }: { started: boolean; body: string },
): ModelError {
  const quote = quoted(server, error.message) || 'no reason given.';
  const what = fillText(started ? eventTexts.endedWithError : eventTexts.answeredWithError, quote);
  return reportedError(server, what, error, { status: 0, started, body });
}

function reportedError(
  server: ServerInfo,
  what: string,
  error: ProviderError,
  answer: FailedAnswer & { started: boolean },
): ModelError {
  const { status, started } = answer;
  const isTooLong = causeOf(status, error) === 'tooLong';
  const todo = adviceFor({ ...answer, status: statusOf(status, error) }, error, server.baseURL);
  return make(server, what, todo, {
    code: codeFor(status, error),
    // A request whose answer has begun cannot be sent again, so its status does not matter.
    status: started ? undefined : statusOf(status, error) || undefined,
    tooLong: isTooLong && !started,
    contextWindow: isTooLong ? contextLimitIn(error.message) : undefined,
    reported: true,
    answer: answer.body,
    transient: !started && isTransient(status, error),
  });
}

/** The server has no such path, as far as its error says nothing else. */
export function missingPathError(server: ServerInfo, path: string, answer: FailedAnswer): ModelError {
  const quote = quoted(server, readErrorBody(answer.body).message);
  const text = quote ? eventTexts.missingPath : eventTexts.missingPathAlone;
  return make(server, fillText(text, answer.status, path, quote), fillText(advice.useOther, path));
}

/** The server could not be reached, or it closed the connection before it answered. */
export function unreachableError(server: ServerInfo, cause: unknown): ModelError {
  const reason = transportReason(cause);
  if (reason === reasonTexts.closed) return make(server, eventTexts.closed, advice.retry);
  const what = fillText(eventTexts.unreachable, quoted(server, reason));
  if (reason === reasonTexts.untrusted) return make(server, what, advice.trust);
  const local = isLoopback(server.baseURL) && reason === reasonTexts.refused;
  return make(server, what, local ? advice.isItRunning : advice.checkNetwork);
}

/** The answer ended before it was complete. */
export function interruptedError(server: ServerInfo, cause?: unknown): ModelError {
  const reason = cause === undefined ? reasonTexts.closed : transportReason(cause);
  return make(server, fillText(eventTexts.interrupted, quoted(server, reason)), advice.retry);
}

/** The answer does not conform to the API. `what` is the reason, as a clause. */
export function malformedError(server: ServerInfo, what: string): ModelError {
  const todo = addressAdvice(server.baseURL);
  return make(server, fillText(eventTexts.malformed, quoted(server, what)), todo);
}

/** The idle timeout expired. `lastStatus` is the HTTP status of a failed attempt before it. */
export function silentError(server: ServerInfo, milliseconds: number, lastStatus?: number): ModelError {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  const code = lastStatus === undefined ? 'server_error' : codeFor(lastStatus, { message: '', codes: [] });
  const isShort = seconds < 120;
  const alone = isShort ? eventTexts.silentSeconds : eventTexts.silentMinutes;
  const after = isShort ? eventTexts.silentSecondsAfter : eventTexts.silentMinutesAfter;
  const time = isShort ? seconds : Math.round(seconds / 60);
  const what = lastStatus === undefined ? fillText(alone, time) : fillText(after, time, lastStatus);
  return make(server, what, advice.retry, { code, status: lastStatus });
}

/** A setting of the connection makes requests impossible. */
export function setupError(server: ServerInfo, setting: 'baseURL' | 'apiKey'): ModelError {
  if (setting === 'apiKey') return make(server, eventTexts.badKey, advice.setKey);
  const what = fillText(eventTexts.badUrl, quoted(server, server.baseURL, ''));
  return make(server, what, fillText(advice.useHttp, 'http://127.0.0.1:11434/v1'));
}

/** Any other error. */
export function unexpectedError(server: ServerInfo, cause: unknown): ModelError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return make(server, fillText(eventTexts.unusable, quoted(server, reason)), '');
}

/** Redacts the given secrets, and whatever looks like an API key, from text that may quote them. */
export function scrub(text: string, secrets: Iterable<string>): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length >= 4) clean = clean.replaceAll(secret, '…');
  }
  return clean.replace(/\b(?:sk|pk|rk|gsk|xai|key)-[\w*.-]{6,}|\bBearer\s+[\w*.~+/=-]{8,}/g, '…');
}

function make(server: ServerInfo, what: string, todo: string, details: ErrorDetails = {}): ModelError {
  const host = hostOf(server.baseURL);
  const named = host === '' || server.label.includes(host);
  const who = scrub(named ? server.label : `${server.label} (${host})`, server.secrets);
  const { code, status, ...more } = details;
  return new ModelError(`${who} ${what} ${todo}`.trim(), code, status, more);
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

function codeFor(status: number, error: ProviderError): ModelErrorCode {
  const cause = causeOf(status, error);
  const own = statusOf(status, error);
  if (cause === 'rateLimit' || cause === 'billing' || isTooLongForAccount(error.message))
    return 'rate_limit_exceeded';
  if (cause === 'overloaded') return own === 0 || own === 529 ? 'rate_limit_exceeded' : 'server_error';
  if (cause === 'tooLong' || cause === 'filtered') return 'invalid_prompt';
  if (cause === 'key') return 'server_error';
  const isInvalid = [400, 404, 413, 422].includes(own) || error.codes.includes('invalid_prompt');
  return isInvalid ? 'invalid_prompt' : 'server_error';
}

function adviceFor(answer: Omit<FailedAnswer, 'body'>, error: ProviderError, baseURL: string): string {
  const { status, retryAfter } = answer;
  const { message } = error;
  const cause = causeOf(status, error);
  if (cause === 'key') return advice.setKey;
  if (cause === 'billing') return advice.billing;
  if (cause === 'filtered') return advice.rephrase;
  if (cause === 'tooLong') return advice.shorten;
  if (cause === 'rateLimit' && retryAfter) return fillText(advice.retryIn, Math.ceil(retryAfter));
  if (cause) return advice.retry;
  if (status === 403) return advice.otherKey;
  if (noTools.test(message)) return advice.otherTools;
  if (isUnknownModel(status, error))
    return hostOf(baseURL).endsWith(':11434') ? advice.chooseModelOfOllama : advice.chooseModel;
  if (status === 404 || status === 405 || isUnknownPath(status, message)) return addressAdvice(baseURL);
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

function isUnknownModel(status: number, { message, codes }: ProviderError): boolean {
  if (codes.some((code) => modelCodes.test(code))) return true;
  if (![400, 404, 422].includes(status)) return false;
  return unknownModel.some((pattern) => pattern.test(message));
}

/** Whether a server that does not say so by its status has no API at the path that was asked for. */
function isUnknownPath(status: number, message: string): boolean {
  if (status !== 0 && status !== 400) return status >= 300 && status < 400;
  return /\b(unexpected endpoint|unknown (path|url|route|endpoint)|invalid (url|path|route|endpoint)|no (such )?route|no static resource|cannot (get|post) \/|(path|route|url|page|endpoint) (was )?not found)|^not found\.?$/i.test(
    message,
  );
}

function addressAdvice(baseURL: string): string {
  const likely = likelyAddress(baseURL);
  if (likely === undefined) return advice.checkURL;
  return fillText(advice.likelyURL, likely);
}

const reasons: readonly [RegExp, string][] = [
  [/ECONNREFUSED|ERR_CONNECTION_REFUSED/, reasonTexts.refused],
  [/ENOTFOUND|EAI_AGAIN|ERR_NAME_NOT_RESOLVED/, reasonTexts.unknownHost],
  [/ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|ERR_CONNECTION_TIMED_OUT/, reasonTexts.silent],
  [/EHOSTUNREACH|ENETUNREACH|ERR_INTERNET_DISCONNECTED|ERR_ADDRESS_UNREACHABLE/, reasonTexts.noRoute],
  [/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/, reasonTexts.untrusted],
  [/EPROTO|ERR_SSL|WRONG_VERSION_NUMBER/, reasonTexts.noHttps],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET|terminated|ERR_CONNECTION_RESET/, reasonTexts.closed],
];

/** Whether a connection failed because of its certificate, which a retry does not change. */
export function isUntrusted(cause: unknown): boolean {
  return transportReason(cause) === reasonTexts.untrusted;
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
