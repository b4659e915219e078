import * as vscode from 'vscode';
import { baseUrlError, type Connection } from '../../client/models/connections';
import { askChoice, askInTurn, askText, type Choice, type Position, type Question } from './inputs';

/** Milliseconds that a local server may take to answer a probe. */
const probeTimeout = 800;

/** A well-known server, for which fewer questions are asked. */
interface Preset extends Pick<Connection, 'kind' | 'label'> {
  /** Undefined if each user has a different URL. */
  baseUrl?: string;
  /** An example of such a URL. */
  example?: string;
  /** A URL that answers while a local server is running. */
  probe?: string;
}

const presets: readonly Preset[] = [
  { kind: 'responses', label: 'OpenAI', baseUrl: 'https://api.openai.com/v1' },
  { kind: 'responses', label: 'Azure OpenAI', example: 'https://NAME.openai.azure.com/openai/v1' },
  {
    kind: 'chat-completions',
    label: 'Ollama',
    baseUrl: 'http://127.0.0.1:11434/v1',
    probe: 'http://127.0.0.1:11434/api/version',
  },
  {
    kind: 'chat-completions',
    label: 'LM Studio',
    baseUrl: 'http://127.0.0.1:1234/v1',
    probe: 'http://127.0.0.1:1234/v1/models',
  },
];

/** The user's answers about a new connection. */
export interface ConnectionAnswers extends Partial<Connection> {
  apiKey?: string;
}

/** The user's answers about a server whose address they entered. */
export type ServerAnswers = Omit<Connection, 'id'> & { apiKey: string };

/** VS Code's own models, which need no connection in the settings. */
export const vscodeModels = Symbol("VS Code's models");

/**
 * Asks for a new connection: a well-known server, or any URL with the same API; or for VS Code's
 * models, which need no connection. Passes the answers on, and asks the last question again if that fails.
 * `addressOf` returns the base URL to use in place of one that the user has entered.
 */
export async function askForConnection<T>(
  use: (answers: ConnectionAnswers) => Promise<T>,
  addressOf: (answers: ServerAnswers) => Promise<string>,
): Promise<T | typeof vscodeModels> {
  const title = vscode.l10n.t('Add Connection');
  const preset = await askChoice<Preset | typeof vscodeModels>({
    title,
    placeholder: vscode.l10n.t('Where should models come from?'),
    items: presetChoices(),
  });
  if (preset === vscodeModels) return preset;
  const { probe, baseUrl, ...connection } = preset;
  if (baseUrl === undefined) {
    return askForServer(title, preset, async (answers) =>
      use({ ...answers, baseUrl: await addressOf(answers) }),
    );
  }
  if (probe) return use({ ...connection, baseUrl });
  return askForKeyAnd(title, { ...connection, baseUrl }, (apiKey) => use({ ...connection, baseUrl, apiKey }));
}

async function presetChoices(): Promise<Choice<Preset | typeof vscodeModels>[]> {
  const known = await Promise.all(
    presets.map(async (preset) => ({
      label: preset.label,
      description: await stateOf(preset),
      detail: preset.baseUrl ?? preset.example,
      value: preset,
    })),
  );
  const ofVSCode = {
    label: vscode.l10n.t('VS Code’s language models'),
    detail: vscode.l10n.t('Models that extensions provide, such as GitHub Copilot. No key required.'),
    value: vscodeModels,
  } as const;
  const other = {
    label: vscode.l10n.t('Another server…'),
    detail: vscode.l10n.t('Any server with OpenAI’s Chat Completions API'),
    value: { kind: 'chat-completions', label: '', example: 'https://example.com/v1' },
  } as const;
  const assistantsApi = {
    label: vscode.l10n.t('A server with the Assistants API…'),
    detail: vscode.l10n.t('Uses its assistants and threads instead of those on this computer'),
    value: { kind: 'server', label: '', example: 'https://example.com/v1' },
  } as const;
  return [...known, ofVSCode, other, assistantsApi];
}

async function stateOf({ probe }: Preset): Promise<string | undefined> {
  if (!probe) return undefined;
  return (await answers(probe))
    ? vscode.l10n.t('found on this computer')
    : vscode.l10n.t('not running on this computer');
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(probeTimeout) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // The list then shows the server as not running.
    return false;
  }
}

function askForServer<T>(
  title: string,
  { kind, label, example }: Preset,
  use: (answers: ServerAnswers) => Promise<T>,
): Promise<T> {
  const answers = { kind, baseUrl: '', label, apiKey: '' };
  const questions: Question[] = [
    async (position) => {
      const text = await askText({
        ...position,
        prompt: vscode.l10n.t('The base URL of its API'),
        placeholder: example,
        value: answers.baseUrl,
        errorOf: (value) => baseUrlError(value.trim()),
      });
      answers.baseUrl = text.trim();
    },
    async (position) => {
      answers.label = await askText({
        ...position,
        prompt: vscode.l10n.t('Name of the connection'),
        value: answers.label || new URL(answers.baseUrl).host,
      });
    },
    async (position) => {
      answers.apiKey = (await askForKey(answers, position)).trim();
    },
  ];
  return askInTurn(title, questions, () => use(answers));
}

/** Asks for a connection's key and passes it on; asks again if that fails. */
export function askForKeyAnd<T>(
  title: string,
  connection: Pick<Connection, 'label' | 'baseUrl'>,
  use: (key: string) => Promise<T>,
): Promise<T> {
  let key = '';
  const ask: Question = async (position) => {
    key = (await askForKey(connection, position)).trim();
  };
  return askInTurn(title, [ask], () => use(key));
}

function askForKey(
  { label, baseUrl }: Pick<Connection, 'label' | 'baseUrl'>,
  position: Position,
): Promise<string> {
  return askText({
    ...position,
    password: true,
    prompt: vscode.l10n.t(
      'The API key of {0}. It is stored in VS Code’s secret storage and sent only to {1}. Leave empty for no key.',
      label,
      new URL(baseUrl).origin,
    ),
  });
}
