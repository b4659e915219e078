/** What `activate()` of the extension `assistants-studio.assistants-studio` returns to other extensions. */
export interface AssistantsStudioExports {
  /** The API of a version. Throws an error for a version that this release does not have. */
  getAPI(version: 1): AssistantsStudioAPI;
}

/** Version 1. Fields may be added to it; what there is stays. */
export interface AssistantsStudioAPI {
  readonly version: 1;

  /**
   * The options of an official `openai` client for the active service: this window's engine, or a server that the
   * user has chosen. They go on working after another service becomes active, and then lead there.
   *
   * @example
   * const client = new OpenAI(api.clientOptions);
   * for await (const assistant of client.beta.assistants.list()) console.log(assistant.name);
   */
  readonly clientOptions: ClientOptions;

  /** The active service; re-read on each use. */
  readonly service: Service;

  /** Calls the listener each time another service becomes active, or the active one lost its data. */
  onDidChangeService(listener: () => void): Disposable;

  /** Shows a thread in the chat. Rejects if the service does not have it. */
  openThread(threadId: string): Promise<void>;

  /**
   * Sends a message to an assistant and waits until its run has ended. Function calls are answered as in the chat: by
   * the user, or by tools that are allowed. Rejects with an error for the user if the run fails, and with the signal's
   * reason once that is aborted; the run is then cancelled.
   */
  ask(question: Question): Promise<Answer>;
}

/** A part of the options of an official `openai` client. */
export interface ClientOptions {
  baseURL: string;
  /** Not a secret: the service's key is added on the way, and is not available here. */
  apiKey: string;
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
}

export interface Service {
  /** `embedded` for this window's engine, else the id of the server's connection. */
  id: string;
  /** Undefined for this window's engine. */
  label?: string;
}

export interface Question {
  assistantId: string;
  message: string;
  /** Default: a new thread, which shows in the Threads view. */
  threadId?: string;
  signal?: AbortSignal;
}

export interface Answer {
  threadId: string;
  runId: string;
  /** The text of the run's messages. */
  text: string;
}

export interface Disposable {
  dispose(): void;
}
