import * as vscode from 'vscode';
import * as z from 'zod';
import { shownAsText } from '../../client/files/documentFormats';
import { previewIn, textEncodings } from '../../client/files/encodings';
import { UserError } from '../../client/errors/errors';
import type { Services } from '../../client/services';
import { findStoreOf } from '../../client/files/storeList';
import { command } from '../command';
import { askChoice, type Choice } from '../ask/inputs';
import { pickStore, pickStoreFile } from '../ask/storePickers';

/** Bytes of a file that previews are made of. */
const headBytes = 64 * 1024;

/** The command that says how the text of a file is encoded, where that was detected wrong. */
export function fileEncodingCommand(services: Services) {
  const { client } = services;
  return command(
    'setEncoding',
    { fileId: z.string(), vectorStoreId: z.string(), encoding: z.string() },
    async ({ fileId, vectorStoreId, encoding }) => {
      const title = vscode.l10n.t('Set Text Encoding');
      const given = vectorStoreId ?? (fileId === undefined ? undefined : await findStoreOf(client, fileId));
      if (given === undefined && fileId !== undefined) {
        throw new UserError(
          vscode.l10n.t(
            'The file is in no vector store, so no text is read from it that could be encoded wrong.',
          ),
        );
      }
      const store = given ?? (await pickStore(services, title)).id;
      const id = fileId ?? (await pickStoreFile(services, store, title));
      const entry = await client.vectorStores.files.retrieve(id, { vector_store_id: store });
      const { encoding: current, ...attributes } = entry.attributes ?? {};
      const chosen = encoding ?? (await chooseEncoding(services, id, title, current));
      const { chunking_strategy: strategy } = entry;
      // A file that is added again is read again.
      return client.vectorStores.files.create(store, {
        file_id: id,
        attributes: chosen === '' ? attributes : { ...attributes, encoding: chosen },
        ...(strategy?.type === 'static' && { chunking_strategy: strategy }),
      });
    },
  );
}

/** Asks for an encoding, each with a line of the file in it; empty: it is detected. */
async function chooseEncoding(
  { client }: Services,
  fileId: string,
  title: string,
  current: unknown,
): Promise<string> {
  const { filename } = await client.files.retrieve(fileId);
  if (shownAsText.test(filename) && !/\.ipynb$/i.test(filename)) {
    throw new UserError(
      vscode.l10n.t('{0} is not a plain text file: its format says how its text is encoded.', filename),
    );
  }
  return askChoice({
    title,
    placeholder: vscode.l10n.t('Choose the encoding in which the text of {0} is right', filename),
    items: choices(client, fileId, current),
  });
}

async function choices(
  client: Services['client'],
  fileId: string,
  current: unknown,
): Promise<Choice<string>[]> {
  const head = await headOf(await client.files.content(fileId));
  const previews = textEncodings.map(({ label, name }): Choice<string> => ({
    label: name,
    description: label === current ? vscode.l10n.t('current') : undefined,
    detail: previewIn(label, head),
    value: label,
  }));
  // Those in which some bytes stand for no character come last.
  const isDamaged = ({ detail = '' }: Choice<string>) => detail.includes('\ufffd');
  const detected: Choice<string> = {
    label: vscode.l10n.t('Detect Automatically'),
    description: current === undefined ? vscode.l10n.t('current') : undefined,
    value: '',
  };
  return [
    detected,
    ...previews.filter((choice) => !isDamaged(choice)),
    ...previews.filter((choice) => isDamaged(choice)),
  ];
}

/** The first bytes of a file, which may be large. */
async function headOf({ body }: Response): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader = (body as ReadableStream<Uint8Array> | null)?.getReader();
  while (reader && bytes < headBytes) {
    const { value } = await reader.read();
    if (!value) break;
    parts.push(value);
    bytes += value.length;
  }
  await reader?.cancel();
  return Buffer.concat(parts).subarray(0, headBytes);
}
