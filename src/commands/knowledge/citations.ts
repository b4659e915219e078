import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../../client/errors/errors';
import { citationsOf, passageOf, placeOf } from '../../client/files/passages';
import type { Services } from '../../client/services';
import type { Citations, CitedPlace } from '../../documents/citations';
import { command } from '../command';
import { pickFile } from '../ask/pickers';

/** The command that opens a citation in its original file. */
export function citationCommands(services: Services, citations: Citations) {
  return [
    command(
      'openCitation',
      {
        threadId: z.string(),
        messageId: z.string(),
        /** Index among the message's citations, from 0. */
        index: z.int().min(0),
        fileId: z.string(),
        fileName: z.string(),
        vectorStoreId: z.string(),
        start: z.int().min(0),
        end: z.int().min(0),
        line: z.int().min(1),
        page: z.int().min(1),
        passage: z.string(),
      },
      async ({ threadId, messageId, index, fileId, ...place }) => {
        if (threadId !== undefined && messageId !== undefined) {
          return citations.open(await citedPlace(services, threadId, messageId, index ?? 0));
        }
        const id = fileId ?? (await pickFile(services, vscode.l10n.t('Open Original File'))).id;
        return citations.open({ fileId: id, ...place });
      },
    ),
  ];
}

async function citedPlace(
  { client }: Services,
  threadId: string,
  messageId: string,
  index: number,
): Promise<CitedPlace> {
  const message = await client.beta.threads.messages.retrieve(messageId, { thread_id: threadId });
  const citation = citationsOf(message)[index];
  if (!citation) throw new UserError(vscode.l10n.t('This message has no citation {0}.', index + 1));
  const passage = await passageOf(client, message, citation);
  return { fileId: citation.file_citation.file_id, ...placeOf(passage) };
}
