import * as vscode from 'vscode';

/** A write the API accepted. */
export interface Change {
  resource: 'assistants' | 'threads' | 'messages' | 'runs' | 'files' | 'vectorStores';
  /** The object written to; undefined if it was created. */
  id?: string;
  threadId?: string;
  /** Set if another window or program wrote: the content of the write is not known here. */
  elsewhere?: boolean;
  /** Set if the content of the write is known and names no files. */
  withoutFiles?: boolean;
}

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const paths: [RegExp, (match: RegExpExecArray) => Change][] = [
  [
    /\/v1\/assistants(?:\/([^/]+)(?:\/versions\/[^/]+\/restore)?)?$/,
    (m) => ({ resource: 'assistants', id: m[1] }),
  ],
  [/\/v1\/threads(?:\/([^/]+))?$/, (m) => ({ resource: 'threads', id: m[1], threadId: m[1] })],
  [
    /\/v1\/threads\/([^/]+)\/(?:trash|restore|title)$/,
    (m) => ({ resource: 'threads', id: m[1], threadId: m[1] }),
  ],
  [/\/v1\/trash\/threads(?:\/([^/]+))?$/, (m) => ({ resource: 'threads', id: m[1], threadId: m[1] })],
  // A fork is another thread.
  [/\/v1\/threads\/[^/]+\/fork$/, () => ({ resource: 'threads' })],
  [
    /\/v1\/threads\/([^/]+)\/messages(?:\/([^/]+))?$/,
    (m) => ({ resource: 'messages', threadId: m[1], id: m[2] }),
  ],
  [
    /\/v1\/threads\/([^/]+)\/runs(?:\/([^/]+))?(?:\/(?:cancel|submit_tool_outputs))?$/,
    (m) => ({ resource: 'runs', threadId: m[1], id: m[2] }),
  ],
  [/\/v1\/files(?:\/([^/]+))?$/, (m) => ({ resource: 'files', id: m[1] })],
  [
    /\/v1\/vector_stores(?:\/([^/]+)(?:\/(?:rebuild|files|file_batches)(?:\/.*)?)?)?$/,
    (m) => ({ resource: 'vectorStores', id: m[1] }),
  ],
];

/** Wraps a `fetch` and reports every accepted write, so that no caller has to notify the views itself. */
export class ChangeFeed implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<Change>();
  /** Fires after the API accepted a write. */
  readonly onDidChange = this.emitter.event;

  constructor(private readonly inner: Fetch) {}

  readonly fetch: Fetch = async (input, init) => {
    const response = await this.inner(input, init);
    const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
    if (method !== 'GET' && response.ok)
      this.announce(input instanceof Request ? input.url : String(input), init?.body);
    return response;
  };

  /** Reports a write that did not go through this `fetch`. */
  report(change: Change): void {
    this.emitter.fire(change);
  }

  dispose(): void {
    this.emitter.dispose();
  }

  private announce(url: string, body: unknown): void {
    const change = changeOf(new URL(url).pathname);
    if (!change) return;
    const withoutFiles = typeof body === 'string' && !/"(?:attachments|tool_resources)"/.test(body);
    this.emitter.fire(withoutFiles ? { ...change, withoutFiles } : change);
  }
}

/** What a write to an API path changed; undefined if no view shows it. */
export function changeOf(path: string): Change | undefined {
  for (const [pattern, change] of paths) {
    const match = pattern.exec(path);
    if (match) return change(match);
  }
  return undefined;
}
