/** The reader's process: reads files for its parent process, and exits with it. */
import { UnreadableFileError } from '../searchTypes';
import type { ReadReply, ReadRequest } from './readerMessages';
import { readFile } from './readFile';

process.on('message', (request: ReadRequest) => void answer(request));
process.on('disconnect', () => process.exit());

async function answer(request: ReadRequest): Promise<void> {
  process.send!(await reply(request));
}

async function reply(request: ReadRequest): Promise<ReadReply> {
  try {
    return { type: 'document', document: await readFile(request) };
  } catch (error) {
    if (error instanceof UnreadableFileError) {
      return { type: 'unreadable', code: error.code, message: error.message };
    }
    return { type: 'unreadable', code: 'server_error', message: `“${request.filename}”: ${String(error)}` };
  }
}
