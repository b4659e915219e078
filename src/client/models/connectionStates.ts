import * as vscode from 'vscode';
import { DisposableStore } from '../disposableStore';
import { describeError, isAddressError, isAuthenticationError } from '../errors/errors';

/** What the last test of a connection found. */
export type ConnectionState =
  | { kind: 'untested' }
  | { kind: 'testing' }
  /** `models`: their number; undefined for a server with the Assistants API. */
  | { kind: 'reachable'; models?: number }
  | { kind: FailedTest; message: string; status?: number };

/**
 * `keyMissing`: it asks for a key, and none is stored; `refused`: it does not accept the key; `noApi`: something
 * else answers at the base URL; `failed`: it answers with an error.
 */
export type FailedTest = 'keyMissing' | 'refused' | 'noApi' | 'unreachable' | 'failed';

/** The fields of a connection that a state belongs to. */
interface Tested {
  id: string;
  /** Left out for built-in connections. */
  baseUrl?: string;
}

/**
 * What is known of each connection, until its base URL changes or the window closes. Nothing here sends a
 * request: callers that list models or test a connection record the result.
 */
export class ConnectionStates implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<string>());
  private readonly states = new Map<string, { baseUrl?: string; state: ConnectionState }>();

  /** Fires with the id of a connection whose state changed. */
  readonly onDidChange = this.emitter.event;

  constructor(private readonly hasKey: (connection: Required<Tested>) => Promise<boolean>) {}

  of({ id, baseUrl }: Tested): ConnectionState {
    const known = this.states.get(id);
    return known && known.baseUrl === baseUrl ? known.state : { kind: 'untested' };
  }

  /** Records how `test` ends, and returns its result. `count` returns the number of models. */
  async record<R>(
    tested: Tested,
    test: () => Promise<R>,
    count: (result: R) => number | undefined,
  ): Promise<R> {
    const before = this.of(tested);
    this.set(tested, { kind: 'testing' });
    try {
      const result = await test();
      this.set(tested, { kind: 'reachable', models: count(result) });
      return result;
    } catch (error) {
      const isCancelled = error instanceof Error && error.name === 'AbortError';
      this.set(tested, isCancelled ? before : await this.failure(tested, error));
      throw error;
    }
  }

  /** Forgets what was found, for example because the key changed. */
  forget(id: string): void {
    if (this.states.delete(id)) this.emitter.fire(id);
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private set(tested: Tested, state: ConnectionState): void {
    const before = this.of(tested);
    this.states.set(tested.id, { baseUrl: tested.baseUrl, state });
    if (JSON.stringify(before) !== JSON.stringify(state)) this.emitter.fire(tested.id);
  }

  private async failure({ id, baseUrl }: Tested, error: unknown): Promise<ConnectionState> {
    const message = describeError(error);
    const status = statusOf(error);
    if (isAuthenticationError(message) || status === 401 || status === 403) {
      const isMissing = baseUrl !== undefined && !(await this.hasKey({ id, baseUrl }));
      return { kind: isMissing ? 'keyMissing' : 'refused', message, status };
    }
    if (isAddressError(message)) return { kind: 'noApi', message, status };
    return { kind: status === undefined ? 'unreachable' : 'failed', message, status };
  }
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status > 0 ? status : undefined;
}

/** A state in a few words, for the description of a tree item. */
export function stateWords(state: ConnectionState): string {
  switch (state.kind) {
    case 'untested':
      return vscode.l10n.t('not tested yet');
    case 'testing':
      return vscode.l10n.t('testing…');
    case 'reachable':
      if (state.models === undefined) return vscode.l10n.t('reachable');
      return state.models === 1
        ? vscode.l10n.t('reachable · 1 model')
        : vscode.l10n.t('reachable · {0} models', state.models);
    case 'keyMissing':
      return vscode.l10n.t('key missing');
    case 'refused':
      return state.status === undefined
        ? vscode.l10n.t('key refused')
        : vscode.l10n.t('key refused · {0}', state.status);
    case 'noApi':
      return vscode.l10n.t('no API at this address');
    case 'unreachable':
      return vscode.l10n.t('unreachable');
    case 'failed':
      return state.status === undefined
        ? vscode.l10n.t('failed')
        : vscode.l10n.t('failed · {0}', state.status);
  }
}
