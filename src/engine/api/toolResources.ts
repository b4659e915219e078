import type { Assistant } from 'openai/resources/beta/assistants';
import { badRequest } from '../errors';
import type { NewVectorStore } from '../tools/fileSearch/stores/vectorStoreManager';
import { type ApiContext, requireFile, requireVectorStore } from './context';
import type { ToolResources } from './input/schemas';

/**
 * Checks the `tool_resources` of a request: files and vector stores must exist. Creates the vector store
 * that is described in place and returns the resources with its id. Call it in a transaction.
 */
export function resolveToolResources(
  context: ApiContext,
  resources: ToolResources | null | undefined,
): Assistant.ToolResources | null | undefined {
  for (const id of resources?.code_interpreter?.file_ids ?? []) requireFile(context, id);
  if (!resources?.file_search) return resources;
  const { vector_store_ids, vector_stores } = resources.file_search;
  for (const id of vector_store_ids ?? []) requireVectorStore(context, id);
  const made = vector_stores?.map((described) => makeVectorStore(context, described));
  // An empty list beside the other field counts as absent.
  const ids = made?.length ? made : (vector_store_ids ?? made);
  return { ...resources, file_search: ids ? { vector_store_ids: ids } : {} };
}

/** Creates a vector store and returns its id. Call it in a transaction. */
export function makeVectorStore(context: ApiContext, described: NewVectorStore): string {
  const { fileSearch } = context;
  if (!fileSearch) {
    throw badRequest(
      "The tool 'file_search' is not available in this version of Assistants Studio.",
      'tool_resources',
      'unsupported_tool',
    );
  }
  for (const id of described.file_ids ?? []) requireFile(context, id);
  const { id } = fileSearch.stores.create(described);
  fileSearch.ingest.wake();
  return id;
}

/**
 * The `tool_resources` of an answer: never null, and with a list for each tool that is in `tools` or has resources,
 * as the hosted service answered.
 */
export function answeredResources(
  resources: Assistant.ToolResources | null | undefined,
  tools: Assistant['tools'] = [],
): Assistant.ToolResources {
  const uses = (type: string): object | undefined =>
    tools.some((tool) => tool.type === type) ? {} : undefined;
  const codeInterpreter = resources?.code_interpreter ?? uses('code_interpreter');
  const fileSearch = resources?.file_search ?? uses('file_search');
  return {
    ...(codeInterpreter && { code_interpreter: { file_ids: [], ...codeInterpreter } }),
    ...(fileSearch && { file_search: { vector_store_ids: [], ...fileSearch } }),
  };
}
