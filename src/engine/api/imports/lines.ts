import { badRequest } from '../../errors';

/** The longest line, in bytes: one object. */
const maxLineBytes = 32 * 1024 * 1024;

const lineEnd = 0x0a;

/** The lines of a request's body, those that have come at once together. Throws the API's 400 if one is too long. */
export async function* readLines({ body }: Request): AsyncGenerator<string[]> {
  if (!body) return;
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    const last = chunk.lastIndexOf(lineEnd);
    if (last >= 0) {
      const text = Buffer.concat([...rest, chunk.subarray(0, last)]).toString('utf8');
      rest = [];
      restBytes = 0;
      const lines = text.split('\n').filter((line) => line.trim() !== '');
      if (lines.length > 0) yield lines;
    }
    const tail = chunk.subarray(last + 1);
    rest.push(tail);
    restBytes += tail.length;
    if (restBytes > maxLineBytes)
      throw badRequest(`A line of the body is longer than ${maxLineBytes / 1024 / 1024} MB.`);
  }
  const text = Buffer.concat(rest).toString('utf8');
  if (text.trim() !== '') yield [text];
}
