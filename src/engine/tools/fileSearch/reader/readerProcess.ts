/** The reader's process: reads files for its parent process, and exits with it. */
import { encodeDocument } from '../encodedDocument';
import { UnreadableFileError } from '../searchTypes';
import type { ReadPiece, ReadReply, ReadRequest } from './readerMessages';
import { readFile } from './readFile';

process.on('message', (request: ReadRequest) => void answer(request));
process.on('disconnect', () => process.exit());

async function answer(request: ReadRequest): Promise<void> {
  send(await reply(request));
}

function send(message: ReadPiece | ReadReply): void {
  process.send!(message);
}

async function reply(request: ReadRequest): Promise<ReadReply> {
  try {
    const { pieces, ...document } = encodeDocument(await readFile(request));
    for (const piece of pieces) send({ type: 'piece', piece });
    return { type: 'document', document };
  } catch (error) {
    if (error instanceof UnreadableFileError) {
      return { type: 'unreadable', code: error.code, message: error.message };
    }
    return { type: 'unreadable', code: 'server_error', message: `“${request.filename}”: ${String(error)}` };
  }
}
