import * as vscode from 'vscode';
import * as z from 'zod';

export const scheme = 'assistants';

const id = z.string().min(1);

const schema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('assistant'), id }),
  z.object({ kind: z.literal('thread'), id }),
  z.object({ kind: z.literal('message'), threadId: id, id }),
  z.object({ kind: z.literal('run'), threadId: id, id }),
  z.object({ kind: z.literal('conversation'), threadId: id, title: z.string() }),
]);

/** What a document shows: an object as JSON, or a thread's messages as Markdown. */
export type DocumentTarget = z.infer<typeof schema>;

/** The address of a document; its last part is the name that its tab carries. */
export function uriOf(target: DocumentTarget): vscode.Uri {
  const name = target.kind === 'conversation' ? `${fileName(target.title)}.md` : `${target.id}.json`;
  return vscode.Uri.from({ scheme, path: `/${name}`, query: JSON.stringify(target) });
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
