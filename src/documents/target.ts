import * as vscode from 'vscode';
import * as z from 'zod';

export const scheme = 'assistants';

const id = z.string().min(1);

const schema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('assistant'), id }),
  z.object({ kind: z.literal('thread'), id }),
  z.object({ kind: z.literal('message'), threadId: id, id }),
  z.object({ kind: z.literal('run'), threadId: id, id }),
  z.object({ kind: z.literal('step'), threadId: id, runId: id, id }),
  z.object({
    kind: z.enum(['stepInput', 'stepOutput']),
    threadId: id,
    runId: id,
    stepId: id,
    callId: id,
    /** What its tab is called. */
    name: id,
  }),
  z.object({ kind: z.literal('conversation'), threadId: id, title: z.string() }),
]);

/**
 * What a document shows: an object as JSON, a thread's messages as Markdown, or what a tool was
 * called with and what came of it.
 */
export type DocumentTarget = z.infer<typeof schema>;

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
    default:
      return `${target.id}.json`;
  }
}

/** What an address stands for; undefined where it is none of ours. */
export function targetOf(uri: vscode.Uri): DocumentTarget | undefined {
  if (uri.scheme !== scheme) return undefined;
  try {
    return schema.safeParse(JSON.parse(uri.query)).data;
  } catch {
    // Somebody else's idea of an address.
    return undefined;
  }
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
