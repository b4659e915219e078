/** Why a model server failed a request, from its status, its codes and its words. */
import type { ProviderError } from './errorBody';
import { isTooLong } from './tooLong';

export type ErrorCause =
  /** The API key is missing or wrong. */
  | 'key'
  /** The account has no credit left, or its plan does not include the request. */
  | 'billing'
  | 'rateLimit'
  | 'overloaded'
  /** The request is too long for the model, or for what the account may send at once. */
  | 'tooLong'
  /** The provider's rules forbid the request or the answer. */
  | 'filtered';

interface Signs {
  cause: ErrorCause;
  statuses?: readonly number[];
  codes: RegExp;
  words: RegExp;
  /** Words that say that it is another cause after all. */
  not?: RegExp;
  /** HTTP statuses whose meaning is known, whatever the words are. */
  notFor?: readonly number[];
}

/** The first match counts; `tooLong` is between `key` and these. */
const known: readonly Signs[] = [
  {
    cause: 'filtered',
    codes:
      /^(content_filter|content_policy_violation|responsibleaipolicyviolation|data_?inspection_?failed|moderation\w*|prohibited_content|safety|content_moderation\w*|sensitive\w*|1301|1026|1027)$/,
    words:
      /content (management|filter\w*) (policy|was triggered)|was filtered|flagged (by|for|as)|content policy|inappropriate content|safety (system|policy|guidelines)|usage polic(y|ies)/i,
  },
  {
    cause: 'billing',
    statuses: [402],
    codes:
      /^(insufficient_quota|insufficient_balance|insufficient_user_quota|insufficient_credits|billing\w*|credit_\w+|arrearage|payment_required|1008|1113)$/,
    words:
      /insufficient (quota|balance|credits?|funds)|(exceeded|exceeds) your current quota|credit balance|(out of|not enough|more|requires|no) credits|billing|payment (is )?required|overdue|arrears|余额不足|欠费/i,
    not: /\bper[ _]?(min|minute|day|hour)|(retry|try again) in \d/i,
  },
  {
    cause: 'rateLimit',
    statuses: [429],
    codes:
      /^(rate_?limit\w*|too_?many_?requests\w*|throttl\w*(\.\w+)?|limit_?requests|resource_exhausted|tokens_per_\w+|requests_per_\w+|quota_?exceeded|limit_burst_rate|1302|1303|1305|1002)$/,
    words:
      /rate[ -]?limit|too many requests|requests per (min|day|hour|second)|tokens per (min|day|hour)|quota (exceeded|reached)|exceeded .{0,30}quota|throttl|请求过多|频率/i,
  },
  {
    cause: 'overloaded',
    statuses: [529],
    codes:
      /^(overloaded(_error)?|engine_overloaded(_error)?|server_overloaded|serviceunavailable|model_overloaded)$/,
    words: /\b(overloaded|at capacity|over capacity|currently (busy|unavailable)|server (is )?busy)\b/i,
    notFor: [400, 404, 413, 422],
  },
];

const keySigns: Signs = {
  cause: 'key',
  statuses: [401],
  codes:
    /^(invalid_?api_?key|api_key_invalid|missing_api_key|authentication_?error|invalid_authentication\w*|unauthenticated|unauthorized|invalid_token|1004)$/,
  words:
    /\b(incorrect|invalid|missing|wrong|expired|unknown|no|provide an?|carry the|required) ([\w-]+ ){0,2}api[ -]?(secret[ -]?)?key|api[ -]?(secret[ -]?)?key\b.{0,30}\b(not valid|not found|invalid|incorrect|missing|required|expired|wrong)|(invalid|expired|missing) (authentication|credentials|bearer|access token|api token|token)\b|api token\b.{0,20}expired|unauthorized|unauthenticated|authentication (error|failed|failure|required|is required)|could not validate credentials|login fail/i,
  notFor: [404, 429],
};

/** Undefined if the status alone says all that is known. `status` is 0 if there is none. */
export function causeOf(status: number, error: ProviderError): ErrorCause | undefined {
  const statuses = [status, ...(error.status === undefined ? [] : [error.status])];
  if (status === 402) return 'billing';
  if (matches(keySigns, statuses, error)) return 'key';
  if (isTooLong(error, error.status ?? status)) return 'tooLong';
  return known.find((signs) => matches(signs, statuses, error))?.cause;
}

function matches(signs: Signs, statuses: readonly number[], { message, codes }: ProviderError): boolean {
  if (codes.some((code) => signs.codes.test(code))) return true;
  if (statuses.some((status) => signs.statuses?.includes(status))) return true;
  const isKnown = statuses.some((status) => signs.notFor?.includes(status));
  return !isKnown && signs.words.test(message) && !signs.not?.test(message);
}

/** The HTTP status that an error amounts to, if its response had none of its own. `status` is the response's; 0 for a stream. */
export function statusOf(status: number, error: ProviderError): number {
  if (status >= 300) return status;
  if (error.status !== undefined) return error.status;
  return error.codes.some((code) => /invalid_?(request|argument|param)|bad_?request|validation/.test(code))
    ? 400
    : 0;
}

/** Whether the same request may succeed later. */
export function isTransient(status: number, error: ProviderError): boolean {
  const cause = causeOf(status, error);
  if (cause === 'tooLong') return false;
  if (cause !== undefined) return cause === 'rateLimit' || cause === 'overloaded';
  const own = statusOf(status, error);
  return own === 408 || own === 409 || own >= 500;
}
