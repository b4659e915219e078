import * as vscode from 'vscode';
import { faultOfBaseUrl, type Connection } from '../client/connections';
import { askChoice, askInTurn, askText, type Choice, type Position } from './inputs';

/** Milliseconds a server on this computer has to show that it is there. */
const probeTime = 800;

/** A server that is known well enough to ask less. */
interface Preset extends Pick<Connection, 'kind' | 'label' | 'baseUrl'> {
  /** Answers when a server of this computer is running. */
  probe?: string;
}

const presets: readonly Preset[] = [
  { kind: 'responses', label: 'OpenAI', baseUrl: 'https://api.openai.com/v1' },
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

/** What the user said about a new connection. */
export interface ConnectionAnswers extends Partial<Connection> {
  apiKey?: string;
}

/** Asks for a new connection: a known server, or any address that speaks the same language. */
export async function askForConnection(): Promise<ConnectionAnswers> {
  const title = vscode.l10n.t('Add Connection');
  const preset = await askChoice<Preset | undefined>({
    title,
    placeholder: vscode.l10n.t('Where do the models come from?'),
    items: presetChoices(),
  });
  if (!preset) return askForAnyServer(title);
  const { probe, ...connection } = preset;
  if (probe) return connection;
  return { ...connection, apiKey: (await askForKey(connection, { title })).trim() };
}

async function presetChoices(): Promise<Choice<Preset | undefined>[]> {
  const known = await Promise.all(
    presets.map(async (preset) => ({
      label: preset.label,
      description: await stateOf(preset),
      detail: preset.baseUrl,
      value: preset,
    })),
  );
  const other = {
    label: vscode.l10n.t('Another server…'),
    detail: vscode.l10n.t('Any address that speaks OpenAI’s Chat Completions'),
    value: undefined,
  };
  return [...known, other];
}

async function stateOf({ probe }: Preset): Promise<string | undefined> {
  if (!probe) return undefined;
  return (await answers(probe))
    ? vscode.l10n.t('found on this computer')
    : vscode.l10n.t('not running on this computer');
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(probeTime) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Not running is what the list then says.
    return false;
  }
}

async function askForAnyServer(title: string): Promise<ConnectionAnswers> {
  const answers = { baseUrl: '', label: '', apiKey: '' };
  await askInTurn(title, [
    async (position) => {
      const text = await askText({
        ...position,
        prompt: vscode.l10n.t('The base URL of its API'),
        placeholder: 'https://example.com/v1',
        value: answers.baseUrl,
        faultOf: (value) => faultOfBaseUrl(value.trim()),
      });
      answers.baseUrl = text.trim();
    },
    async (position) => {
      answers.label = await askText({
        ...position,
        prompt: vscode.l10n.t('What is it called?'),
        value: answers.label || new URL(answers.baseUrl).host,
      });
    },
    async (position) => {
      answers.apiKey = (await askForKey(answers, position)).trim();
    },
  ]);
  return answers;
}

/** Asks for a connection's key. */
export function askForKey(
  { label, baseUrl }: Pick<Connection, 'label' | 'baseUrl'>,
  position: Position,
): Promise<string> {
  return askText({
    ...position,
    password: true,
    prompt: vscode.l10n.t(
      'The API key of {0}. It is kept in VS Code’s secret storage and sent to {1} alone. Empty: none.',
      label,
      new URL(baseUrl).origin,
    ),
  });
}
