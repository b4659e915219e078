/**
 * Finds out which part of a request an error is about, for any kind of server. What is sent in place of a
 * rejected part is decided elsewhere.
 */
import { ModelError } from '../modelProvider';
import { errorClaims, type ErrorClaim } from './errors/errorClaims';

/** Parts of a request that can be left out or sent in another form. */
export type Part =
  | 'temperature'
  | 'top_p'
  | 'parallel_tool_calls'
  | 'tool_choice'
  | 'reasoning_effort'
  | 'json_schema'
  | 'json_object'
  | 'strict'
  | 'stream'
  | 'stream_options'
  | 'store'
  | 'include'
  | 'reasoning.encrypted_content'
  | TokenLimit
  | MessageForm;

/** The names that the APIs have for the limit of an answer's tokens. */
export type TokenLimit = (typeof tokenLimits)[number];

export const tokenLimits = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'] as const;

/** Forms of the messages that some servers reject. */
export type MessageForm =
  /** A message of the role `system`. */
  | 'system'
  /** Neighbouring messages of one role, or a first or last message that is an answer. */
  | 'repeated_roles'
  /** `content: null` beside calls. */
  | 'null_content'
  /** `content: ''` beside calls or of an output. */
  | 'empty_content';

/** The parts of a request, with the values of those that have some, as text. */
export type SentParts = ReadonlyMap<Part, string | undefined>;

export interface Rejection {
  part: Part;
  /** What is rejected of it: always, beside another part, or this value (a limit: this value and beyond). */
  scope: 'always' | 'beside temperature' | 'value' | 'value or more' | 'value or less';
  /** The parameter that the server names in place of it. */
  instead?: TokenLimit;
}

interface PartNames {
  /** The paths of its parameters. */
  params: RegExp;
  /** Its names in texts that are about nothing else. */
  names?: RegExp;
  /** Names that can mean other things too: only in a text that rejects something. */
  phrases?: RegExp;
}

/** A word that stands for a parameter: in quotes, before a colon, or after «parameter». */
function quoted(word: string): RegExp {
  return new RegExp(
    `["'\`](\\w+\\.)*${word}["'\`]|(^|[\\s,.])${word}:|(parameter|argument|field|property|key|option|input)s?(\\(s\\))?( supplied| name)?[:=]? ${word}\\b|\\b${word} (parameter|argument|field|property|option)`,
  );
}

function word(names: string): RegExp {
  return new RegExp(`(?<![\\w])(${names})(?![\\w])`);
}

const limitNames = 'max_tokens|max_completion_tokens|max_output_tokens|max_new_tokens';
const limit: PartNames = {
  params: new RegExp(`(^|\\.)(${limitNames})$`),
  names: word(limitNames),
};
const format: PartNames = {
  params:
    /(^|\.)(response_format|text\.format)(\.|$)|^(text|format|response_mime_type|response_schema|output_config)(\.|$)/,
  names: word(
    'response_format|text\\.format|json_schema|json_object|response_mime_type|response_schema|guided_json|guided_decoding',
  ),
  phrases: /response format|structured[ _]outputs?|json (mode|schema|output|object)/,
};
const encrypted: PartNames = {
  params: /^include(\.|$)/,
  names: /encrypted content is not supported|reasoning\.encrypted_content/,
  phrases: quoted('include'),
};

/** In the order in which they are tried if a text names several at the same place. */
const partNames: Readonly<Record<Exclude<Part, MessageForm>, PartNames>> = {
  temperature: { params: /(^|\.)temperature$/, names: word('temperature') },
  top_p: { params: /(^|\.)top_p$/, names: word('top_p|topp') },
  parallel_tool_calls: {
    params: /(^|\.)(parallel_tool_calls|disable_parallel_tool_use)$/,
    names: word('parallel_tool_calls|disable_parallel_tool_use'),
    phrases: /parallel (tool|function)[ -]call/,
  },
  tool_choice: {
    params: /(^|\.)(tool_choice|tool_config)(\.|$)/,
    names: word('tool_choice|tool_config|function_calling_config'),
    phrases: /tool choice/,
  },
  reasoning_effort: {
    params: /(^|\.)(reasoning_effort|thinking_config)(\.|$)|^(reasoning|thinking|effort)(\.|$)/,
    names: word('reasoning_effort|reasoning\\.effort|thinking_budget|thinking_level|thinking_config'),
    phrases: /\b(reasoning|thinking|think)( effort| level| budget)?\b/,
  },
  json_schema: format,
  json_object: format,
  strict: { params: /(^|\.)strict$/, phrases: quoted('strict') },
  stream_options: { params: /(^|\.)stream_options(\.|$)/, names: word('stream_options|include_usage') },
  stream: { params: /^stream$/, phrases: new RegExp(`${quoted('stream').source}|streaming`) },
  store: { params: /^store$/, phrases: quoted('store') },
  'reasoning.encrypted_content': encrypted,
  include: encrypted,
  max_tokens: limit,
  max_completion_tokens: limit,
  max_output_tokens: limit,
};

const tooLong =
  /context[ _](length|window|size)|prompt is too long|maximum prompt length|input token count|reduce the length|inputs?`? tokens? \+/;

/** Errors about the contents of a schema or prompt, which the caller has to change. */
const callersFault =
  /invalid (json )?schema|schema is (invalid|not valid)|additional_properties|must contain the word/;

const rejecting =
  /\bnot (\w+ )?(support|permit|allow|accept|implement|recogni|available|enabled|valid)|\bun(supported|known|recogni[sz]ed|expected|available)|n.t (\w+ )?(support|accept|allow|permit)|\binvalid|\bextra (inputs|fields)|cannot find field|no such|additional propert|\bonly\b|\bboth\b|deprecated|\bmust\b|incompatible|no endpoints found|\brange\b|too (large|high|small|low)|disabled|removed|不支持|無効|无效/;

const onlyDefault = /\bonly (the )?default|\bonly (be )?(set to )?(\w+=)?1\b/;
const wrongValue =
  /(unsupported|invalid|illegal)[ _]value|(supported|valid|allowed) (values|options)|value \S+ (is |are )?not (supported|allowed|valid)/;
const notKnown =
  /\bun(supported|known|recogni[sz]ed|expected|available)|\bextra (inputs|fields)|\bnot (\w+ )?(support|permit|allow|accept|implement|recogni|available|enabled)|n.t (\w+ )?(support|accept|allow)|cannot find field|no such|additional propert|deprecated|removed|不支持/;

/** Lists of names that are accepted: what they contain is not rejected. */
const acceptedNames =
  /(?<!\w)(expected one of|did you mean|(supported|allowed|accepted|valid|available|permitted) (request )?(param\w*|arg\w*|fields|keys|names|properties|options)( are| is)?:?)[^.;]*/g;

/** Statuses of a wrong key, an account's limits and timeouts. */
const otherStatuses: ReadonlySet<number> = new Set([401, 402, 403, 408, 429]);

/** The parts of a request that an error names; empty if it is not about any of them. */
export function rejectedParts(error: unknown, sent: SentParts): Rejection[] {
  if (!(error instanceof ModelError) || error.tooLong || otherStatuses.has(error.status ?? 0)) return [];
  const claims = errorClaims(error.answer ?? error.message);
  if (claims.some(({ text }) => tooLong.test(text) && !isLimitError(text))) return [];
  const about = claims.filter(({ text }) => !callersFault.test(text));
  const bad = isBadRequest(error, about);

  const both = about.some(({ text }) => isAboutBoth(text));
  if (both && sent.has('temperature') && sent.has('top_p'))
    return [{ part: 'top_p', scope: 'beside temperature' }];

  const byParam = about.flatMap((claim) => partOfParam(claim, sent).map((part) => rejectionOf(part, claim)));
  if (byParam.length > 0) return byParam;
  for (const claim of about) {
    const part = isElsewhere(claim) ? undefined : partOfText(claim, sent, bad);
    if (part) return [rejectionOf(part, claim)];
  }
  for (const claim of about) {
    const part = formOf(claim, sent);
    if (part) return [{ part, scope: 'always' }];
  }
  return [];
}

/** Whether the server says that the request is at fault. In other errors the text has to say so. */
function isBadRequest({ status = 0 }: ModelError, claims: readonly ErrorClaim[]): boolean {
  return (
    [400, 422].includes(status) ||
    claims.some(({ code }) => /\b(400|422)\b|invalid_request|bad_?request|invalid_?parameter/i.test(code))
  );
}

/** Whether a text names a context window only to explain the limit of an answer's tokens. */
function isLimitError(text: string): boolean {
  return new RegExp(`^["'\`]?(${limitNames})["'\`]? (must|should|cannot)`).test(text);
}

function isAboutBoth(text: string): boolean {
  return (
    /temperature\b.{0,60}\btop_p|top_p\b.{0,60}\btemperature/.test(text) &&
    /\bboth\b|only one|either|simultaneous|together|same time|mutually/.test(text)
  );
}

/** Whether an error is about a parameter that is not one of the parts. */
function isElsewhere({ param }: ErrorClaim): boolean {
  return param !== '' && !/^(model|messages|tools|input)$/.test(param);
}

function partOfParam({ param }: ErrorClaim, sent: SentParts): Part[] {
  if (!param) return [];
  const part = namedParts(sent).find((name) => partNames[name].params.test(param));
  return part ? [part] : [];
}

/** The part that a text names first. */
function partOfText({ text }: ErrorClaim, sent: SentParts, bad: boolean): Part | undefined {
  const said = text.replaceAll(acceptedNames, ' ');
  const rejects = rejecting.test(said);
  const places = namedParts(sent).flatMap((part) => {
    const { names, phrases } = partNames[part];
    const at =
      (bad || rejects ? placeOf(said, names) : undefined) ?? (rejects ? placeOf(said, phrases) : undefined);
    return at === undefined ? [] : [{ part, at }];
  });
  return places.sort((one, other) => one.at - other.at)[0]?.part;
}

function placeOf(text: string, pattern: RegExp | undefined): number | undefined {
  return pattern?.exec(text)?.index;
}

function namedParts(sent: SentParts): Exclude<Part, MessageForm>[] {
  return (Object.keys(partNames) as (keyof typeof partNames)[]).filter((part) => sent.has(part));
}

function rejectionOf(part: Part, { text, code }: ErrorClaim): Rejection {
  const instead = insteadOf(part, text);
  if (instead) return { part, scope: 'always', instead };
  if (!hasRange(part) || onlyDefault.test(text)) return { part, scope: 'always' };
  const known = wrongValue.test(`${text} ${code}`) || !notKnown.test(`${text} ${code}`);
  if (!known) return { part, scope: 'always' };
  if (!isLimit(part)) return { part, scope: 'value' };
  return {
    part,
    scope: /minimum|at least|>=|greater than|too small|positive/.test(text)
      ? 'value or less'
      : 'value or more',
  };
}

function hasRange(part: Part): boolean {
  return (
    isLimit(part) || ['temperature', 'top_p', 'reasoning_effort', 'tool_choice', 'json_schema'].includes(part)
  );
}

function isLimit(part: Part): boolean {
  return partNames[part as keyof typeof partNames] === limit;
}

/** The other name of a token limit that a text proposes. */
function insteadOf(part: Part, text: string): TokenLimit | undefined {
  if (!isLimit(part) || !word(part).test(text) || !/\b(use|did you mean)\b/.test(text)) return undefined;
  return tokenLimits.find((name) => name !== part && word(name).test(text));
}

const alternation =
  /\balternat|\bconsecutive\b|same role|in a row|successive|first (message|content|turn)|(start|begin) with (a |an |the )?\W?user|(end|finish) with (a |an |the )?\W?user|last (message|role)|unexpected role|after role|prefill|add_generation_prompt/;
const noSystem =
  /\b(system|developer)\W? (role|message|prompt|instruction)|\brole\b.{0,60}\b(system|developer)\b|["'`](system|developer)["'`]|only (the )?user,?.{0,5}\bassistant\b.{0,20}roles?/;
const noContent =
  /\bnull\b|\bnone\b|none_?type|\bnil\b|required|missing|valid string|a string|expected string|valid list/;
const notEmpty =
  /non-?empty|not be empty|cannot be empty|be blank|empty (text|content|string)|be null|is empty|too short|at least 1 char/;

/** The form of the messages that an error is about. */
function formOf({ param, text }: ErrorClaim, sent: SentParts): MessageForm | undefined {
  // First, because such an error can quote the whole template.
  const alternates = alternation.test(text);
  if (alternates && sent.has('repeated_roles')) return 'repeated_roles';
  if (sent.has('empty_content') && notEmpty.test(text)) return 'empty_content';
  if (sent.has('null_content') && isAboutNull(param, text, sent.get('null_content'))) return 'null_content';
  const ofSystem = noSystem.test(text) && rejecting.test(text);
  const ofParam = /^(instructions|system|system_instruction|messages\.0\.(\w+\.)*role)(\.|$)/.test(param);
  // Some count the system message as one that a user message must not follow.
  return sent.has('system') && (alternates || ofSystem || ofParam) ? 'system' : undefined;
}

/** `indexes` are those of the messages without content. */
function isAboutNull(param: string, text: string, indexes = ''): boolean {
  if (/none_?type/.test(text)) return true;
  const at = /^messages\.(\d+)\./.exec(param)?.[1];
  if (at !== undefined && !indexes.split(' ').includes(at)) return false;
  return /(?<!reasoning_)content|text/.test(`${param} ${text}`) && noContent.test(text);
}
