import type OpenAI from 'openai';
import type { VectorStoreSearchResponse } from 'openai/resources/vector-stores/vector-stores';
import * as vscode from 'vscode';
import { isCancellation } from '../../client/errors/errors';
import { displayError } from '../../client/errors/translatedError';
import { storeName, type KnowledgeStore } from '../../client/files/knowledge';
import type { Services } from '../../client/services';
import type { CitedPlace } from '../../documents/citations';

/** Milliseconds without typing before a search starts. */
const debounceDelay = 150;
/** Passages that one search shows at most. */
const maxShown = 20;
/** Characters of a passage that the list shows at most. */
const excerptLength = 240;

interface Found extends vscode.QuickPickItem {
  place?: CitedPlace;
}

/** The passages of a store that match best. */
export async function searchPassages(
  client: OpenAI,
  storeId: string,
  query: string,
  signal?: AbortSignal,
): Promise<VectorStoreSearchResponse[]> {
  const { data } = await client.vectorStores.search(
    storeId,
    { query, max_num_results: maxShown },
    { signal },
  );
  return data;
}

/** Searches a store as the user types, and returns the chosen passage. */
export function searchWhileTyping({ client }: Services, store: KnowledgeStore): Promise<CitedPlace> {
  const pick = vscode.window.createQuickPick<Found>();
  pick.title = vscode.l10n.t('Search in “{0}”', storeName(store));
  pick.placeholder = vscode.l10n.t('Type a question, or words of the passage');
  let timer: NodeJS.Timeout | undefined;
  let searching = new AbortController();

  const search = async (query: string): Promise<void> => {
    searching.abort();
    searching = new AbortController();
    const { signal } = searching;
    pick.busy = true;
    const items = query ? await itemsFor(client, store.id, query, signal) : [];
    if (signal.aborted) return;
    pick.items = items;
    pick.busy = false;
  };

  return new Promise<CitedPlace>((resolve, reject) => {
    pick.onDidChangeValue((value) => {
      clearTimeout(timer);
      timer = setTimeout(() => void search(value.trim()), debounceDelay);
    });
    pick.onDidAccept(() => {
      const place = pick.selectedItems[0]?.place;
      if (place) resolve(place);
    });
    pick.onDidHide(() => reject(new vscode.CancellationError()));
    pick.show();
  }).finally(() => {
    clearTimeout(timer);
    searching.abort();
    pick.dispose();
  });
}

async function itemsFor(
  client: OpenAI,
  storeId: string,
  query: string,
  signal: AbortSignal,
): Promise<Found[]> {
  try {
    const found = await searchPassages(client, storeId, query, signal);
    if (found.length === 0) return [note(vscode.l10n.t('No matching passages.'))];
    return found.map((result) => itemOf(storeId, result));
  } catch (error) {
    return isCancellation(error) ? [] : [note(displayError(error))];
  }
}

function itemOf(
  vectorStoreId: string,
  { file_id, filename, score, content }: VectorStoreSearchResponse,
): Found {
  const passage = content.map(({ text }) => text).join('');
  return {
    label: filename,
    description: score.toLocaleString(vscode.env.language, { maximumFractionDigits: 2 }),
    detail: passage.replace(/\s+/g, ' ').slice(0, excerptLength),
    // The store has done the search; VS Code would hide results without the typed text.
    alwaysShow: true,
    place: { fileId: file_id, fileName: filename, vectorStoreId, passage },
  };
}

function note(label: string): Found {
  return { label, alwaysShow: true };
}
