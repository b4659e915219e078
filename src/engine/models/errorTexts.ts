/**
 * The texts of the errors that a run can fail with, as the API answers them; `{0}` and so on are parameters. Clients
 * recognize an error by them (`readErrorText`), to show it in another language.
 */

/** What a server did: `<connection> (<host>) <this>`. */
export const eventTexts = {
  missingPath: 'answered {0} to POST {1}: {2}',
  missingPathAlone: 'answered {0} to POST {1}.',
  answeredWithError: 'answered with an error: {0}',
  answeredWithErrorAlone: 'answered with an error.',
  answered: 'answered {0}: {1}',
  answeredAlone: 'answered {0}.',
  endedWithError: 'ended its answer with an error: {0}',
  closed: 'closed the connection before it answered.',
  unreachable: 'could not be reached: {0}',
  interrupted: 'stopped in the middle of its answer: {0}',
  malformed: 'sent an answer that cannot be read: {0}',
  silentSecondsAfter: 'sent nothing for {0} s after answering {1}.',
  silentMinutesAfter: 'sent nothing for {0} min after answering {1}.',
  silentSeconds: 'sent nothing for {0} s.',
  silentMinutes: 'sent nothing for {0} min.',
  badKey: 'could not be used: its API key contains invalid characters.',
  badUrl: 'could not be used: its base URL “{0}” is not an HTTP address.',
  unusable: 'could not be used: {0}',
} as const;

/** Why a connection failed, as a clause. */
export const reasonTexts = {
  closed: 'the connection was closed',
  untrusted: 'its certificate is not trusted',
  refused: 'connection refused',
  unknownHost: 'its host name could not be found',
  silent: 'it did not answer',
  noRoute: 'there is no route to it',
  noHttps: 'it does not support HTTPS',
} as const;

/** What the user can do, at the end of a message. */
export const adviceTexts = {
  setKey: "Set the connection's API key.",
  otherKey: 'Set an API key that is allowed to do this.',
  chooseModelOfOllama:
    'Choose one of its models: “Assistants: Edit Assistant…” lists them. (`ollama pull` gets more.)',
  chooseModel: 'Choose one of its models: “Assistants: Edit Assistant…” lists them.',
  otherTools: 'Choose a model that supports tools, or remove the tools.',
  likelyURL: "Check the connection's base URL. It may be {0}: “Assistants: Test Connection…” finds out.",
  checkURL: "Check the connection's base URL.",
  checkNetwork: "Check the connection's base URL and the network.",
  trust: 'Make this machine trust its certificate authority, or use a server whose certificate is trusted.',
  shorten: 'Start a new thread, or send less.',
  rephrase: 'Change the message, or use another model.',
  billing: 'Check the plan and billing of its account.',
  retryIn: 'Retry in {0} s.',
  retry: 'Retry in a while.',
  isItRunning: 'Is it running?',
  useOther: 'Use a connection whose server has {0}, or check its base URL.',
  useHttp: 'Use one like {0}.',
} as const;

/** Errors that are no server's. */
export const wholeTexts = {
  noConnections: "There is no connection to run the model '{0}' on. Add one.",
  noConnection: "There is no connection '{0}' for the model '{1}'. Add it, or choose another model.",
  noRoomReasoned:
    "{0}: The token limit left '{1}' no room for an answer after its reasoning. Allow more completion tokens, or start a new thread.",
  noRoom:
    "{0}: The token limit left '{1}' no room for an answer. Allow more completion tokens, or start a new thread.",
  onlyReasoned:
    "{0}: '{1}' only reasoned and did not write an answer. Retry, or choose less reasoning effort or another model.",
  empty: "{0}: '{1}' sent an empty answer, without text and calls. Retry, or choose another model.",
  longInstructions:
    "Nothing was sent to {0}: the instructions and tools have about {1} tokens, and the context window of '{2}' has {3}. Send less, or choose a model with a larger context window.",
  longMessage:
    "Nothing was sent to {0}: the newest message has about {1} tokens, and the context window of '{2}' has {3}. Send less, or choose a model with a larger context window.",
  orphan: 'The window or server that ran this ended unexpectedly. What was written by then is kept.',
} as const;

export type EventName = keyof typeof eventTexts;
export type ReasonName = keyof typeof reasonTexts;
export type AdviceName = keyof typeof adviceTexts;
export type WholeName = keyof typeof wholeTexts;

/** A text by its name, and its parameters. */
export interface NamedText<Name> {
  name: Name;
  params: string[];
}

/** An error as it was composed; `reason` in place of the event's last parameter, if it is one of ours. */
export type ErrorText =
  | NamedText<WholeName>
  | { server: string; event: NamedText<EventName>; reason?: ReasonName; advice?: NamedText<AdviceName> };

/** A text with its parameters in their places. */
export function fillText(text: string, ...params: (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (_, index: string) => String(params[Number(index)] ?? ''));
}

/** A longer message is none of these: what is quoted is shortened. */
const maxLength = 1500;

/** Takes an error's message apart; undefined if it is none of these. */
export function readErrorText(message: string): ErrorText | undefined {
  if (message.length > maxLength) return undefined;
  const whole = find(wholeTexts, (text) => match(`^${patternOf(text)}$`, message));
  if (whole) return { name: whole.name, params: whole.groups };
  const advice = find(adviceTexts, (text) => match(` ${patternOf(text)}$`, message));
  const rest = advice ? message.slice(0, advice.index) : message;
  const event = find(eventTexts, (text) => match(` ${patternOf(text)}$`, rest));
  if (!event) return undefined;
  const last = event.groups.at(-1)?.replace(/\.$/, '');
  const reason = Object.entries(reasonTexts).find(([, text]) => text === last)?.[0] as ReasonName | undefined;
  return {
    server: rest.slice(0, event.index),
    event: { name: event.name, params: event.groups },
    reason,
    advice: advice && { name: advice.name, params: advice.groups },
  };
}

interface Found {
  index: number;
  groups: string[];
}

/** The first text that matches, of those that match the one that begins first: a quote may contain another. */
function find<T extends Record<string, string>>(
  texts: T,
  look: (text: string) => Found | undefined,
): (Found & { name: keyof T & string }) | undefined {
  let first: (Found & { name: keyof T & string }) | undefined;
  for (const [name, text] of Object.entries(texts)) {
    const found = look(text);
    if (found && (first === undefined || found.index < first.index)) first = { ...found, name };
  }
  return first;
}

function match(pattern: string, text: string): Found | undefined {
  const found = new RegExp(pattern, 's').exec(text);
  return found ? { index: found.index, groups: found.slice(1) } : undefined;
}

function patternOf(text: string): string {
  return text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\d\}/g, '(.+?)');
}
