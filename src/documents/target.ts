import * as vscode from 'vscode';

export const scheme = 'assistants';

/**
 * What a document shows: an object as JSON, a thread's messages as Markdown, the input or output of a
 * tool call, what was sent to a model or came back, the extracted text of a file, or a passage of it.
 */
export type DocumentTarget =
  | { kind: 'assistant' | 'thread'; id: string }
  | { kind: 'message' | 'run'; threadId: string; id: string }
  | { kind: 'step'; threadId: string; runId: string; id: string }
  | {
      kind: 'stepInput' | 'stepOutput';
      threadId: string;
      runId: string;
      stepId: string;
      callId: string;
      /** The tab's title. */
      name: string;
    }
  | {
      kind: 'modelRequest' | 'modelResponse';
      threadId: string;
      runId: string;
      requestId: string;
      /** The tab's title. */
      name: string;
    }
  | { kind: 'conversation'; threadId: string; title: string }
  | {
      /** An assistant as it was in a version. */
      kind: 'assistantVersion';
      assistantId: string;
      version: string;
      /** The tab's title. */
      name: string;
    }
  | { kind: 'vectorStore' | 'file'; id: string }
  | { kind: 'storeFile'; vectorStoreId: string; id: string }
  | {
      /** The text extracted from a file. */
      kind: 'fileText';
      vectorStoreId: string;
      id: string;
      /** The tab's title. */
      name: string;
    }
  | {
      /** A passage of a file that no longer exists. */
      kind: 'passage';
      text: string;
      /** The tab's title. */
      name: string;
    };

const call = ['threadId', 'runId', 'stepId', 'callId', 'name'];
const exchange = ['threadId', 'runId', 'requestId', 'name'];

/** The fields of each kind; all of them are strings. */
const fields: { [K in DocumentTarget['kind']]: readonly string[] } = {
  assistant: ['id'],
  thread: ['id'],
  message: ['threadId', 'id'],
  run: ['threadId', 'id'],
  step: ['threadId', 'runId', 'id'],
  stepInput: call,
  stepOutput: call,
  modelRequest: exchange,
  modelResponse: exchange,
  conversation: ['threadId', 'title'],
  assistantVersion: ['assistantId', 'version', 'name'],
  vectorStore: ['id'],
  file: ['id'],
  storeFile: ['vectorStoreId', 'id'],
  fileText: ['vectorStoreId', 'id', 'name'],
  passage: ['text', 'name'],
};

/** The input or output of a tool call. */
export type CallTarget = Extract<DocumentTarget, { kind: 'stepInput' | 'stepOutput' }>;

/** A request to a model, or its response. */
export type ExchangeTarget = Extract<DocumentTarget, { kind: 'modelRequest' | 'modelResponse' }>;

/** The URI of a document; its last path segment is the tab's title. */
export function uriOf(target: DocumentTarget): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${pathOf(target)}`, query: JSON.stringify(target) });
}

function pathOf(target: DocumentTarget): string {
  switch (target.kind) {
    case 'conversation':
      return `${fileName(target.title)}.md`;
    case 'stepInput':
    case 'stepOutput':
      // VS Code also shows the folder if two tabs have the same title.
      return `${target.runId}/${fileName(target.name)}`;
    case 'modelRequest':
    case 'modelResponse':
      return `${target.requestId}/${fileName(target.name)}`;
    case 'assistantVersion':
      return `${target.assistantId}/${fileName(target.name)}`;
    case 'fileText':
      return `${target.id}/${fileName(target.name)}`;
    case 'passage':
      return fileName(target.name);
    default:
      return `${target.id}.json`;
  }
}

/** The target of a URI; undefined if the URI is not one of this extension. */
export function targetOf(uri: vscode.Uri): DocumentTarget | undefined {
  if (uri.scheme !== scheme) return undefined;
  try {
    const value: unknown = JSON.parse(uri.query);
    return isTarget(value) ? value : undefined;
  } catch {
    // Not created by `uriOf`.
    return undefined;
  }
}

function isTarget(value: unknown): value is DocumentTarget {
  if (typeof value !== 'object' || value === null) return false;
  const target = value as Record<string, unknown>;
  const { kind } = target;
  if (typeof kind !== 'string' || !Object.hasOwn(fields, kind)) return false;
  return fields[kind as DocumentTarget['kind']].every((field) => typeof target[field] === 'string');
}

/** A title without characters that are not allowed in file names. */
function fileName(title: string): string {
  return (
    title
      .replace(/[\p{Cc}\\/:*?"<>|#]+/gu, ' ')
      .replace(/\s+/g, ' ')
      .trim() || 'thread'
  );
}
