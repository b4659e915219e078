import { openAsBlob } from 'node:fs';
import { malformedError } from '../modelErrors';
import { fieldsOf, textOf } from '../server/json';
import type { ModelServer, Send } from '../server/modelServer';
import { type HostedFiles, ModelError } from '../modelProvider';

/** The Files, Vector Stores and Containers APIs, for the hosted tools of the Responses API. */
export function createResponsesFiles(server: ModelServer): HostedFiles {
  const json = async (signal: AbortSignal, send: Send) => fieldsOf(await server.json(signal, send));

  /** Creates an object and returns its id. */
  const made = async (signal: AbortSignal, send: Send): Promise<string> => {
    const id = textOf((await json(signal, send))['id']);
    if (!id) throw malformedError(server.info, 'it has no id');
    return id;
  };

  /** Sends a request; undefined if the object does not exist. */
  const found = (signal: AbortSignal, send: Send) =>
    json(signal, send).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
      return undefined;
    });

  /** Sends a deletion; an object that is already gone is not an error. */
  const gone = async (signal: AbortSignal, send: Send): Promise<void> => {
    await found(signal, send);
  };

  return {
    place: server.host,

    async uploadFile(path, name, signal) {
      const file = new File([await openAsBlob(path)], name);
      return made(signal, (client, options) => client.files.create({ file, purpose: 'assistants' }, options));
    },

    async hasFile(fileId, signal) {
      return (await found(signal, (client, options) => client.files.retrieve(fileId, options))) !== undefined;
    },

    deleteFile: (fileId, signal) => gone(signal, (client, options) => client.files.delete(fileId, options)),

    createStore: (name, signal) =>
      made(signal, (client, options) => client.vectorStores.create({ name }, options)),

    async hasStore(storeId, signal) {
      const store = await found(signal, (client, options) => client.vectorStores.retrieve(storeId, options));
      return store !== undefined && store['status'] !== 'expired';
    },

    deleteStore: (storeId, signal) =>
      gone(signal, (client, options) => client.vectorStores.delete(storeId, options)),

    async addFile(storeId, file_id, { attributes, chunking }, signal) {
      const body = {
        file_id,
        attributes,
        chunking_strategy: {
          type: 'static' as const,
          static: {
            max_chunk_size_tokens: chunking.maxTokens,
            chunk_overlap_tokens: chunking.overlapTokens,
          },
        },
      };
      await json(signal, (client, options) => client.vectorStores.files.create(storeId, body, options));
    },

    async fileStatus(vector_store_id, fileId, signal) {
      const { status, last_error } = await json(signal, (client, options) =>
        client.vectorStores.files.retrieve(fileId, { vector_store_id }, options),
      );
      if (status === 'completed') return { status };
      if (status === 'in_progress') return { status };
      const { code, message } = fieldsOf(last_error);
      return { status: 'failed', reason: textOf(message), retryable: code === 'server_error' };
    },

    removeFile: (vector_store_id, fileId, signal) =>
      gone(signal, (client, options) =>
        client.vectorStores.files.delete(fileId, { vector_store_id }, options),
      ),

    containerFile: (container_id, fileId, signal) =>
      server.bytes(signal, (client, options) =>
        client.containers.files.content.retrieve(fileId, { container_id }, options),
      ),
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof ModelError && error.status === 404;
}
