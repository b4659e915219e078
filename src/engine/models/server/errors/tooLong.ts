/** Errors of requests that exceed what a model takes, in the words of many servers. */
import type { ProviderError } from './errorBody';

const codes =
  /^(context_length_exceeded|context_window_exceeded|contextwindowexceedederror|exceed_context_size_error|string_above_max_length|request_too_large|tokens_limit_reached|model_max_prompt_tokens_exceeded|model_context_window_exceeded|input_too_long|1261)$/;

const words: readonly RegExp[] = [
  /context[ _](length|window|size|limit)/i,
  /max(imum)? (prompt|input|sequence) (length|size)/i,
  /\b(prompt|input|inputs|messages?|conversation|request|context|text|string|query|content)\b['"`]?( \w+){0,2} too (long|large|many tokens)\b/i,
  /\b(prompt|input) too long\b/i,
  /(prompt|input|request|message)s? (token|length|size)s?( count| tokens)?\b[^.]{0,80}\b(exceed|greater than|larger than|longer than|over the|only supports up to)/i,
  /(number of|prompt|input|requested|total)( input| prompt)? tokens?\b[^.]{0,80}\bexceed/i,
  /exceed\w*( \w+){0,4} (token limit|tokens? (allowed|limit)|max length|maximum length|input limit|prompt length)/i,
  /inputs?`? tokens \+ `?max_new_tokens/i,
  /inputs?`? must have less than [\d,]+ tokens/i,
  /(reduce|shorten) (the length of|your|the)( \w+)? ?(messages?|prompt|inputs?|size|length)/i,
  /too many( input| prompt)? tokens/i,
  /range of input length should be/i,
  /tokens in request more than max/i,
  /input tokens exceeded/i,
  /(prompt|input)\b[^.]{0,40}\blonger than the max(imum)? model length/i,
  /(request body|payload|entity) too large/i,
  /max_tokens must be at least 1, got -/i,
  /超长|超过.{0,16}(长度|上下文|token)/i,
];

/** Limits of the answer's tokens, which a shorter conversation does not change. */
const aboutAnswer =
  /(?<!\+ `?)\bmax(_|imum )(completion_|output_|new_)?tokens\b['"`]?( or '\w+')?\s*(:|is|are|value|parameter|must)?[^.;]{0,40}\b(too (large|high|big|many)|valid range|maximum allowed number of output|must be (less|at most|<=|between|in))|completion tokens, whereas|at most [\d,]+ (completion|output) tokens/i;

/** Lengths of ids and names, which a shorter conversation does not change either. */
const aboutName =
  /\binvalid ['"`](\S+[._])?(id|name|key|description|user|safety_identifier)['"`]\W{0,3}string too long/i;

/** Limits of an account: tokens a minute or a day. */
const rateOfTokens =
  /(tokens?|requests?)[ _](per|an?|\/)[ _]?(min|minute|day|hour|sec)|\b[TR]P[MD]\b|please wait|(try again|retry) (in|after) (about )?\d/i;

const rateCodes = /^(rate_?limit\w*|too_?many_?requests|429)$/;

/** Whether a request was rejected because it is too long, so that a shorter one may be accepted. */
export function isTooLong({ message, codes: named }: ProviderError, status: number): boolean {
  if (isTooLongForAccount(message)) return true;
  if (status === 401 || status === 403 || rateOfTokens.test(message)) return false;
  if (named.some((code) => rateCodes.test(code))) return false;
  if (aboutAnswer.test(message) || aboutName.test(message)) return false;
  return status === 413 || named.some((code) => codes.test(code)) || words.some((form) => form.test(message));
}

/**
 * Whether one request has more tokens than an account may use in a minute: waiting does not help, a shorter
 * request does.
 */
export function isTooLongForAccount(message: string): boolean {
  if (!rateOfTokens.test(message)) return false;
  const [, limit, requested] = /limit:? ([\d,]+)[^.]*?requested:? ([\d,]+)/i.exec(message) ?? [];
  if (limit !== undefined && requested !== undefined) return numberOf(requested) > numberOf(limit);
  return /request too large/i.test(message);
}

const number = '([\\d][\\d,._]*\\d|\\d)( ?k\\b)?';

/** How servers name the size of a context window in such an error, the most precise form first. */
const limits: readonly RegExp[] = [
  new RegExp(
    `max(?:imum)?[ _](?:context|prompt|input|sequence|model)[ _](?:length|size|window)\\D{0,30}?${number}`,
    'i',
  ),
  new RegExp(`${number}(?: tokens?)?[ -]max(?:imum)? context`, 'i'),
  new RegExp(`\\bn_ctx\\b\\D{0,6}${number}`, 'i'),
  new RegExp(
    `context (?:length|size|window|limit)(?:[^\\d(]{0,30}?|\\s*\\((?=\\d+ tokens))${number}(?! \\+| tokens? \\+|[^)]{0,20}>)`,
    'i',
  ),
  new RegExp(
    `maximum (?:number of )?(?:input |prompt )?tokens?(?: count)?(?: allowed)?\\D{0,12}${number}`,
    'i',
  ),
  new RegExp(`tokens? > ${number}`, 'i'),
  new RegExp(`\\d \\+ \\d+ > ${number}`, 'i'),
  new RegExp(`max_new_tokens\`? must be <= ${number}`, 'i'),
  new RegExp(`must have less than ${number} tokens`, 'i'),
  new RegExp(`input length should be \\[\\d+, ?${number}\\]`, 'i'),
  new RegExp(`token limit\\D{0,6}${number}`, 'i'),
  new RegExp(`tokens?\\b[^.]{0,60}\\bexceeds? the (?:\\w+ )?limit of ${number}`, 'i'),
  new RegExp(`max (?:size|tokens allowed)\\D{0,6}${number}`, 'i'),
  new RegExp(`only supports up to ${number}`, 'i'),
  new RegExp(`while limit is ${number}`, 'i'),
];

const minWindow = 256;
const maxWindow = 100_000_000;

/** The context window in tokens that an error message names; undefined if it names none. */
export function contextLimitIn(message: string): number | undefined {
  if (rateOfTokens.test(message)) return undefined;
  for (const form of limits) {
    const [, digits, thousands] = form.exec(message) ?? [];
    if (digits === undefined) continue;
    const tokens = numberOf(digits) * (thousands ? 1000 : 1);
    if (tokens >= minWindow && tokens <= maxWindow) return tokens;
  }
  return undefined;
}

function numberOf(digits: string): number {
  return Number(digits.replace(/[,_]|\.(?=\d{3})/g, ''));
}
