import * as vscode from 'vscode';
import {
  readErrorText,
  type AdviceName,
  type EventName,
  type ReasonName,
  type WholeName,
} from '../../engine/models/errorTexts';
import { describeError } from './errors';

/** The message of a thrown value in the language of VS Code, for what shows errors. */
export function displayError(error: unknown): string {
  return translatedError(describeError(error));
}

type Words = (...params: string[]) => string;

/**
 * The message of a run's or a server's error in the language of VS Code. The API answers it in English; what
 * a server said itself stays as it is, and so does a message that is not known.
 */
export function translatedError(message: string): string {
  if (vscode.env.language.startsWith('en')) return message;
  const error = readErrorText(message);
  if (error === undefined) return message;
  if ('name' in error) return wholes[error.name](...error.params);
  const { server, event, reason, advice } = error;
  const params = reason === undefined ? event.params : [...event.params.slice(0, -1), reasons[reason]()];
  const what = events[event.name](server, ...params);
  return advice ? `${what} ${advices[advice.name](...advice.params)}` : what;
}

/** The server comes first, then the parameters. */
const events: Record<EventName, Words> = {
  missingPath: (...all) => vscode.l10n.t('{0} answered {1} to POST {2}: {3}', ...all),
  missingPathAlone: (...all) => vscode.l10n.t('{0} answered {1} to POST {2}.', ...all),
  answeredWithError: (...all) => vscode.l10n.t('{0} answered with an error: {1}', ...all),
  answeredWithErrorAlone: (...all) => vscode.l10n.t('{0} answered with an error.', ...all),
  answered: (...all) => vscode.l10n.t('{0} answered {1}: {2}', ...all),
  answeredAlone: (...all) => vscode.l10n.t('{0} answered {1}.', ...all),
  endedWithError: (...all) => vscode.l10n.t('{0} ended its answer with an error: {1}', ...all),
  closed: (...all) => vscode.l10n.t('{0} closed the connection before it answered.', ...all),
  unreachable: (...all) => vscode.l10n.t('{0} could not be reached: {1}', ...all),
  interrupted: (...all) => vscode.l10n.t('{0} stopped in the middle of its answer: {1}', ...all),
  malformed: (...all) => vscode.l10n.t('{0} sent an answer that cannot be read: {1}', ...all),
  silentSecondsAfter: (...all) => vscode.l10n.t('{0} sent nothing for {1} s after answering {2}.', ...all),
  silentMinutesAfter: (...all) => vscode.l10n.t('{0} sent nothing for {1} min after answering {2}.', ...all),
  silentSeconds: (...all) => vscode.l10n.t('{0} sent nothing for {1} s.', ...all),
  silentMinutes: (...all) => vscode.l10n.t('{0} sent nothing for {1} min.', ...all),
  badKey: (...all) =>
    vscode.l10n.t('{0} could not be used: its API key contains invalid characters.', ...all),
  badUrl: (...all) =>
    vscode.l10n.t('{0} could not be used: its base URL “{1}” is not an HTTP address.', ...all),
  unusable: (...all) => vscode.l10n.t('{0} could not be used: {1}', ...all),
};

const reasons: Record<ReasonName, Words> = {
  closed: () => vscode.l10n.t('the connection was closed.'),
  untrusted: () => vscode.l10n.t('its certificate is not trusted.'),
  refused: () => vscode.l10n.t('connection refused.'),
  unknownHost: () => vscode.l10n.t('its host name could not be found.'),
  silent: () => vscode.l10n.t('it did not answer.'),
  noRoute: () => vscode.l10n.t('there is no route to it.'),
  noHttps: () => vscode.l10n.t('it does not support HTTPS.'),
};

/** These say what happened, too, since the server's own words may be in another language. */
const advices: Record<AdviceName, Words> = {
  setKey: () => vscode.l10n.t('The API key is missing or was refused: set the connection’s API key.'),
  otherKey: () => vscode.l10n.t('The API key does not allow this: set one that does.'),
  chooseModelOfOllama: () =>
    vscode.l10n.t(
      'The model was not found: choose one of those that “Edit Assistant…” lists, or get more with `ollama pull`.',
    ),
  chooseModel: () =>
    vscode.l10n.t('The model was not found: choose one of those that “Edit Assistant…” lists.'),
  otherTools: () => vscode.l10n.t('Choose a model that supports tools, or remove the tools.'),
  likelyURL: (...all) =>
    vscode.l10n.t(
      'Check the connection’s base URL. It may be {0}, which “Test Connection…” finds out.',
      ...all,
    ),
  checkURL: () => vscode.l10n.t('Check the connection’s base URL.'),
  checkNetwork: () => vscode.l10n.t('Check the connection’s base URL and the network.'),
  trust: () =>
    vscode.l10n.t(
      'Make this computer trust its certificate authority, or use a server whose certificate is trusted.',
    ),
  shorten: () =>
    vscode.l10n.t('The conversation exceeds the model’s context length: start a new thread, or send less.'),
  rephrase: () =>
    vscode.l10n.t('The content was filtered by the provider: change the message, or use another model.'),
  billing: () => vscode.l10n.t('The account’s quota is used up: check its plan and billing.'),
  retryIn: (...all) => vscode.l10n.t('Too many requests: retry in {0} s.', ...all),
  retry: () => vscode.l10n.t('Retry in a while.'),
  isItRunning: () => vscode.l10n.t('Is it running?'),
  useOther: (...all) =>
    vscode.l10n.t('Use a connection whose server has {0}, or check its base URL.', ...all),
  useHttp: (...all) => vscode.l10n.t('Use one like {0}.', ...all),
};

const wholes: Record<WholeName, Words> = {
  noConnections: (...all) =>
    vscode.l10n.t('There is no connection to run the model “{0}” on. Add one.', ...all),
  noConnection: (...all) =>
    vscode.l10n.t(
      'There is no connection “{0}” for the model “{1}”. Add it, or choose another model.',
      ...all,
    ),
  noRoomReasoned: (...all) =>
    vscode.l10n.t(
      '{0}: The token limit left “{1}” no room for an answer after its reasoning. Allow more completion tokens, or start a new thread.',
      ...all,
    ),
  noRoom: (...all) =>
    vscode.l10n.t(
      '{0}: The token limit left “{1}” no room for an answer. Allow more completion tokens, or start a new thread.',
      ...all,
    ),
  onlyReasoned: (...all) =>
    vscode.l10n.t(
      '{0}: “{1}” only reasoned and did not write an answer. Retry, or choose less reasoning effort or another model.',
      ...all,
    ),
  empty: (...all) =>
    vscode.l10n.t(
      '{0}: “{1}” sent an empty answer, without text and calls. Retry, or choose another model.',
      ...all,
    ),
  longInstructions: (...all) =>
    vscode.l10n.t(
      'Nothing was sent to {0}: the instructions and tools have about {1} tokens, and the context window of “{2}” has {3}. Send less, or choose a model with a larger context window.',
      ...all,
    ),
  longMessage: (...all) =>
    vscode.l10n.t(
      'Nothing was sent to {0}: the newest message has about {1} tokens, and the context window of “{2}” has {3}. Send less, or choose a model with a larger context window.',
      ...all,
    ),
  orphan: () =>
    vscode.l10n.t('The window or server that ran this ended unexpectedly. What was written by then is kept.'),
};
