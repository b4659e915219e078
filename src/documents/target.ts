import * as vscode from 'vscode';

export const scheme = 'assistants';

/**
 * What a document shows: an object as JSON, a thread's messages as Markdown, what a tool was called
 * with and what came of it, what was read of a file, or a passage of one.
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
      /** What its tab is called. */
      name: string;
    }
  | { kind: 'conversation'; threadId: string; title: string }
  | { kind: 'vectorStore' | 'file'; id: string }
  | { kind: 'storeFile'; vectorStoreId: string; id: string }
  | {
      /** What was read of a file. */
      kind: 'fileText';
      vectorStoreId: string;
      id: string;
      /** What its tab is called. */
      name: string;
    }
  | {
      /** The words of a file that is not there any more. */
      kind: 'passage';
      text: string;
      /** What its tab is called. */
      name: string;
    };

const call = ['threadId', 'runId', 'stepId', 'callId', 'name'];

/** What each kind is found by; each of them a text. */
const fields: { [K in DocumentTarget['kind']]: readonly string[] } = {
  assistant: ['id'],
  thread: ['id'],
  message: ['threadId', 'id'],
  run: ['threadId', 'id'],
  step: ['threadId', 'runId', 'id'],
  stepInput: call,
  stepOutput: call,
  conversation: ['threadId', 'title'],
  vectorStore: ['id'],
  file: ['id'],
  storeFile: ['vectorStoreId', 'id'],
  fileText: ['vectorStoreId', 'id', 'name'],
  passage: ['text', 'name'],
};

/** A call of a tool: what went in, or what came out. */
export type CallTarget = Extract<DocumentTarget, { kind: 'stepInput' | 'stepOutput' }>;

/** The address of a document; its last part is the name that its tab carries. */
export function uriOf(target: DocumentTarget): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${pathOf(target)}`, query: JSON.stringify(target) });
}

function pathOf(target: DocumentTarget): string {
  switch (target.kind) {
    case 'conversation':
      return `${fileName(target.title)}.md`;
    case 'stepInput':
    case 'stepOutput':
      // VS Code shows the folder, too, where two tabs have one name.
      return `${target.runId}/${fileName(target.name)}`;
    case 'fileText':
      return `${target.id}/${fileName(target.name)}`;
    case 'passage':
      return fileName(target.name);
    default:
      return `${target.id}.json`;
  }
}

/** What an address stands for; undefined where it is none of ours. */
export function targetOf(uri: vscode.Uri): DocumentTarget | undefined {
  if (uri.scheme !== scheme) return undefined;
  try {
    const value: unknown = JSON.parse(uri.query);
    return isTarget(value) ? value : undefined;
  } catch {
    // Somebody else's idea of an address.
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

/** A title without what a file's name cannot hold. */
function fileName(title: string): string {
  return (
    title
      .replace(/[\p{Cc}\\/:*?"<>|#]+/gu, ' ')
      .replace(/\s+/g, ' ')
      .trim() || 'thread'
  );
}
