import * as vscode from 'vscode';
import { findAddress, listError } from '../../client/models/addressSearch';
import { baseUrlError, isModelKind } from '../../client/models/connections';
import { isAddressError, isAuthenticationError } from '../../client/errors/errors';
import { withProgress } from '../../client/errors/notices';
import { translatedError } from '../../client/errors/translatedError';
import { askForKey, type ServerAnswers } from '../ask/connectionQuestions';
import { askChoice, askText } from '../ask/inputs';
import { signalOf } from './service';

/** What the user does about a server that did not list its models. */
type Remedy = { baseUrl: string } | 'again' | 'editAddress' | 'enterKey' | 'addAnyway';

/**
 * Tests a server before it is added; the returned answers are those to add, as the user chooses if it does not
 * answer, wants another key, or has its API at another address.
 */
export async function checkedAnswers(given: ServerAnswers, hint?: string): Promise<ServerAnswers> {
  let answers = given;
  for (;;) {
    const remedy = await check(answers);
    if (remedy === undefined || remedy === 'addAnyway') return answers;
    if (typeof remedy === 'object') return { ...answers, ...remedy };
    if (remedy === 'editAddress') answers = { ...answers, baseUrl: await askForAddress(answers.baseUrl) };
    if (remedy === 'enterKey') {
      answers = { ...answers, apiKey: await askForKey({ ...answers, hint }, { title: title() }) };
    }
  }
}

const title = (): string => vscode.l10n.t('Add Connection');

async function check({ kind, label, baseUrl, apiKey }: ServerAnswers): Promise<Remedy | undefined> {
  // A server with the Assistants API is tested once it is added.
  if (!isModelKind(kind)) return undefined;
  const connection = { kind, label, baseUrl };
  const key = (): Promise<string | undefined> => Promise.resolve(apiKey || undefined);
  const { error, found } = await withProgress(
    { title: vscode.l10n.t('Asking {0} for its models…', label), cancellable: true },
    async (_progress, token) => {
      const signal = signalOf(token);
      const error = await listError(connection, key, signal);
      const isElsewhere = error !== undefined && isAddressError(error);
      return { error, found: isElsewhere ? await findAddress(connection, key, signal) : undefined };
    },
  );
  if (error === undefined) return undefined;
  return found === undefined ? askForRemedy(error, baseUrl) : askWhich(found, baseUrl);
}

function askWhich(found: string, baseUrl: string): Promise<Remedy> {
  return askChoice<Remedy>({
    title: title(),
    placeholder: vscode.l10n.t('There is no API at {0}, but at another address', baseUrl),
    items: [
      { label: vscode.l10n.t('Use {0}', found), value: { baseUrl: found } },
      {
        label: vscode.l10n.t('Use {0}', baseUrl),
        description: vscode.l10n.t('as entered'),
        value: 'addAnyway',
      },
    ],
  });
}

function askForRemedy(error: string, baseUrl: string): Promise<Remedy> {
  const detail = translatedError(error);
  const again = { label: `$(refresh) ${vscode.l10n.t('Try Again')}`, detail, value: 'again' } as const;
  const key = { label: `$(key) ${vscode.l10n.t('Enter Another Key…')}`, value: 'enterKey' } as const;
  const wantsKey = isAuthenticationError(error);
  return askChoice<Remedy>({
    title: title(),
    placeholder: detail,
    items: [
      ...(wantsKey
        ? [
            { ...key, detail },
            { ...again, detail: undefined },
          ]
        : [again]),
      { label: `$(edit) ${vscode.l10n.t('Edit Address…')}`, detail: baseUrl, value: 'editAddress' },
      {
        label: `$(add) ${vscode.l10n.t('Add Anyway')}`,
        detail: vscode.l10n.t('It can be tested and changed later, in the Connections view'),
        value: 'addAnyway',
      },
    ],
  });
}

async function askForAddress(baseUrl: string): Promise<string> {
  const text = await askText({
    title: title(),
    prompt: vscode.l10n.t('The base URL of its API'),
    value: baseUrl,
    errorOf: (value) => baseUrlError(value.trim()),
  });
  return text.trim();
}
