import * as vscode from 'vscode';
import { baseUrlError, type Connection } from '../../client/models/connections';
import { isOfPreset, isRunning, isSameAddress, presets, type Preset } from './presets';
import {
  askChoice,
  askInTurn,
  askText,
  type Choice,
  type Drafts,
  type Position,
  type Question,
} from './inputs';

/** Milliseconds that a local server may take to answer a probe. */
const probeTimeout = 800;

/** The user's answers about a new connection. */
export interface ConnectionAnswers extends Partial<Connection> {
  apiKey?: string;
}

/** The user's answers about a server whose address they entered. */
export type ServerAnswers = Omit<Connection, 'id'> & { id?: string; apiKey: string };

/** VS Code's own models, which need no connection in the settings. */
export const vscodeModels = Symbol("VS Code's models");

/** A connection that is there already, and that the user wants to use. */
export class ExistingConnection {
  constructor(
    readonly connection: Connection,
    readonly action: 'setKey' | 'test',
  ) {}
}

/** What the list of servers offers: a preset, or one whose address is asked for. */
type Offer = Pick<Preset, 'kind' | 'label' | 'baseUrl' | 'example' | 'keysAt' | 'key'> & { id?: string };

/** Parts of the questions that others provide. */
export interface ConnectionQuestions<T> {
  /** The connections that are there. */
  existing: readonly Connection[];
  keysHint: Promise<string | undefined>;
  /** Adds the connection; the last question is asked again if that fails. */
  add: (answers: ConnectionAnswers) => Promise<T>;
  /** Tests the server; returns the answers as they are to be used. */
  check: (answers: ServerAnswers) => Promise<ServerAnswers>;
}

/**
 * Asks for a new connection: a well-known server, or any URL with the same API; or for VS Code's models, which
 * need no connection.
 */
export async function askForConnection<T>(
  questions: ConnectionQuestions<T>,
): Promise<T | typeof vscodeModels | ExistingConnection> {
  const { existing, add, check } = questions;
  const title = vscode.l10n.t('Add Connection');
  const offer = await askChoice<Offer | typeof vscodeModels>({
    title,
    placeholder: vscode.l10n.t('Where should models come from?'),
    items: offers(existing),
  });
  if (offer === vscodeModels) return offer;
  const same = existing.find(({ baseUrl }) => isOfPreset(offer as Preset, baseUrl));
  if (same) {
    const action = await askWhatToDoWith(title, same);
    if (action !== 'add') return new ExistingConnection(same, action);
  }
  const use = async (answers: ServerAnswers): Promise<T> => add(await check(answers));
  return askForServer(title, offer, { ...questions, use, needsLabel: same !== undefined });
}

async function offers(existing: readonly Connection[]): Promise<Choice<Offer | typeof vscodeModels>[]> {
  const known = presets();
  const running = await Promise.all(
    known.map(async ({ probe }) => probe && (await isRunning(probe, AbortSignal.timeout(probeTimeout)))),
  );
  const choices = known.map((preset, index) => ({
    label: preset.label,
    description: [stateOf(preset, existing, running[index]), preset.note].filter(Boolean).join(' · '),
    detail: preset.baseUrl ?? preset.example,
    value: preset,
  }));
  const group = (name: string, id: Preset['group']): Choice<Offer>[] => [
    { label: name, kind: vscode.QuickPickItemKind.Separator },
    ...choices.filter(({ value }) => value.group === id),
  ];
  const chinese = group(vscode.l10n.t('Services in China'), 'china');
  const others = group(vscode.l10n.t('Services'), 'services');
  const isChinese = vscode.env.language.startsWith('zh');
  return [
    ...group(vscode.l10n.t('On this computer'), 'here'),
    ...(isChinese ? [...chinese, ...others] : [...others, ...chinese]),
    { label: vscode.l10n.t('More'), kind: vscode.QuickPickItemKind.Separator },
    {
      label: vscode.l10n.t('VS Code’s language models'),
      detail: vscode.l10n.t('Models that extensions provide, such as GitHub Copilot. No key required.'),
      value: vscodeModels,
    },
    {
      label: vscode.l10n.t('Another server…'),
      detail: vscode.l10n.t('Any server with OpenAI’s Chat Completions API'),
      value: { kind: 'chat-completions', label: '', example: 'https://example.com/v1', key: 'optional' },
    },
    {
      label: vscode.l10n.t('A server with the Assistants API…'),
      detail: vscode.l10n.t('Uses its assistants and threads instead of those on this computer'),
      value: { kind: 'server', label: '', example: 'https://example.com/v1', key: 'optional' },
    },
  ];
}

function stateOf(
  preset: Preset,
  existing: readonly Connection[],
  isFound: boolean | undefined,
): string | undefined {
  const same = existing.find(({ baseUrl }) => isOfPreset(preset, baseUrl));
  const added = same && vscode.l10n.t('added as “{0}”', same.label);
  if (isFound === undefined) return added;
  const found = isFound
    ? vscode.l10n.t('found on this computer')
    : vscode.l10n.t('not running on this computer');
  return [added, found].filter(Boolean).join(' · ');
}

function askWhatToDoWith(title: string, { label }: Connection): Promise<'setKey' | 'test' | 'add'> {
  return askChoice<'setKey' | 'test' | 'add'>({
    title,
    placeholder: vscode.l10n.t('The connection “{0}” has this address already', label),
    items: [
      { label: `$(key) ${vscode.l10n.t('Set API Key…')}`, value: 'setKey' },
      { label: `$(debug-start) ${vscode.l10n.t('Test Connection')}`, value: 'test' },
      {
        label: `$(add) ${vscode.l10n.t('Add Another Account…')}`,
        detail: vscode.l10n.t('A second connection to the same address, with a name and a key of its own'),
        value: 'add',
      },
    ],
  });
}

/** The answers to a cancelled addition, by the kind of server; the next one begins with them. */
const cancelled = new Map<string, Drafts>();

function askForServer<T>(
  title: string,
  offer: Offer,
  parts: ConnectionQuestions<T> & { use: (answers: ServerAnswers) => Promise<T>; needsLabel: boolean },
): Promise<T> {
  const { existing, use, needsLabel, keysHint } = parts;
  const { id, kind, label, baseUrl, example, keysAt, key } = offer;
  const answers: ServerAnswers = { id, kind, baseUrl: baseUrl ?? '', label, apiKey: '' };
  const askForAddress: Question = async (position) => {
    const text = await askText({
      ...position,
      prompt: vscode.l10n.t('The base URL of its API'),
      placeholder: example,
      value: answers.baseUrl,
      errorOf: (value) => baseUrlError(value.trim()),
    });
    answers.baseUrl = text.trim();
  };
  const askForLabel: Question = async (position) => {
    const same = existing.find((other) => isSameAddress(other.baseUrl, answers.baseUrl));
    const suggested = answers.label || new URL(answers.baseUrl).host;
    const prompt = same
      ? vscode.l10n.t(
          'Name of the connection. “{0}” has the same address: another name adds an account.',
          same.label,
        )
      : vscode.l10n.t('Name of the connection');
    answers.label = await askText({
      ...position,
      prompt,
      value: same ? unusedLabel(suggested, existing) : suggested,
      errorOf: (text) =>
        same && existing.some((other) => other.label === text.trim())
          ? vscode.l10n.t('There is a connection of this name already.')
          : undefined,
    });
  };
  const askForItsKey: Question = async (position) => {
    answers.apiKey = await askForKey({ ...answers, keysAt, hint: await keysHint }, position);
  };
  const list = [
    ...(baseUrl === undefined ? [askForAddress] : []),
    ...(baseUrl === undefined || needsLabel ? [askForLabel] : []),
    // A well-known server on this computer asks for no key, unless it says so when it is tested.
    ...(baseUrl === undefined || key === 'needed' ? [askForItsKey] : []),
  ];
  const name = `${kind} ${id ?? ''}`;
  const drafts = cancelled.get(name) ?? new Map<number, object>();
  cancelled.set(name, drafts);
  return askInTurn(title, list, () => use(answers), drafts);
}

/** A label that no connection has: `OpenAI`, then `OpenAI 2`. */
function unusedLabel(label: string, existing: readonly Connection[]): string {
  const taken = new Set(existing.map((connection) => connection.label));
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? label : `${label} ${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** What the question for a key says. */
type KeyOwner = Pick<Connection, 'label' | 'baseUrl'> & { keysAt?: string; hint?: string };

/** Asks for a connection's key and passes it on; asks again if that fails. */
export function askForKeyAnd<T>(
  title: string,
  connection: KeyOwner,
  use: (key: string) => Promise<T>,
): Promise<T> {
  let key = '';
  const ask: Question = async (position) => {
    key = await askForKey(connection, position);
  };
  return askInTurn(title, [ask], () => use(key));
}

/** Asks for a key, without spaces around it. */
export async function askForKey(
  { label, baseUrl, keysAt, hint }: KeyOwner,
  position: Position,
): Promise<string> {
  const prompt = vscode.l10n.t(
    'The API key of {0}. It is stored in VS Code’s secret storage and sent only to {1}. Leave empty for no key.',
    label,
    new URL(baseUrl).origin,
  );
  const key = await askText({
    ...position,
    password: true,
    prompt: hint ? `${prompt} ${hint}` : prompt,
    link: keysAt ? { title: vscode.l10n.t('Get a Key: {0}', keysAt), url: keysAt } : undefined,
  });
  return key.trim();
}

/** What to tell a user who enters a key about a VS Code that does not keep it. */
export async function keysHint(forgets: () => Promise<boolean | undefined>): Promise<string | undefined> {
  const isForgotten = await forgets().catch(() => undefined);
  if (isForgotten) {
    return vscode.l10n.t(
      'This VS Code forgets keys when its window is reloaded: it has to be entered again then.',
    );
  }
  // In a browser, VS Code itself may have no place for secrets; hosts such as vscode.dev provide one.
  const isOwnWeb = vscode.env.uiKind === vscode.UIKind.Web && !keepingHosts.has(vscode.env.appHost);
  return isForgotten === undefined && isOwnWeb
    ? vscode.l10n.t('In a browser, VS Code may forget keys when its window is reloaded.')
    : undefined;
}

const keepingHosts = new Set(['vscode.dev', 'github.dev', 'codespaces']);
