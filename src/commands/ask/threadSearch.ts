import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { isCancellation } from '../../client/errors/errors';
import { displayError } from '../../client/errors/translatedError';
import { withoutLinks } from '../../client/errors/notices';
import { shortAge } from '../../client/objects/relativeTime';
import {
  type ActiveThread,
  listByActivity,
  searchThreads,
  type ThreadSearchResult,
} from '../../client/objects/threadLists';
import { threadTitle } from '../../client/objects/titles';
import type { Services } from '../../client/services';

/** Milliseconds without typing after which the search starts. */
const typingPause = 120;

/** Results that a list shows at most. */
const listLength = 50;

/** A thread that was chosen, and the message in it that was found. */
export interface FoundThread {
  thread: Thread;
  messageId?: string;
}

interface Item extends vscode.QuickPickItem {
  found?: FoundThread;
}

export interface ThreadSearchQuestion {
  title: string;
  placeholder: string;
  /** Search the titles alone. */
  titlesOnly?: boolean;
  /** The text to begin with. */
  query?: string;
}

/**
 * Asks for a thread, which the service finds as the user types; before that, the list has those that were written to
 * last. Throws CancellationError if the user cancels.
 */
export function askForThread(services: Services, question: ThreadSearchQuestion): Promise<FoundThread> {
  const pick = vscode.window.createQuickPick<Item>();
  Object.assign(pick, {
    title: question.title,
    placeholder: question.placeholder,
    value: question.query ?? '',
    ignoreFocusOut: true,
  });
  let search: AbortController | undefined;
  let timer: NodeJS.Timeout | undefined;

  const show = async (): Promise<void> => {
    search?.abort();
    const own = (search = new AbortController());
    pick.busy = true;
    try {
      const items = await itemsFor(services, question, pick.value, own.signal);
      if (!own.signal.aborted) pick.items = items;
    } catch (error) {
      if (own.signal.aborted || isCancellation(error)) return;
      services.reporter.log(error);
      pick.items = [note(displayError(error))];
    } finally {
      if (search === own) pick.busy = false;
    }
  };
  const showSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void show(), typingPause);
  };

  return new Promise<FoundThread>((resolve, reject) => {
    pick.onDidChangeValue(showSoon);
    pick.onDidAccept(() => {
      const found = pick.selectedItems[0]?.found;
      if (found) resolve(found);
    });
    pick.onDidHide(() => reject(new vscode.CancellationError()));
    pick.show();
    void show();
  }).finally(() => {
    clearTimeout(timer);
    search?.abort();
    pick.dispose();
  });
}

async function itemsFor(
  services: Services,
  { titlesOnly }: ThreadSearchQuestion,
  query: string,
  signal: AbortSignal,
): Promise<Item[]> {
  const { client } = services;
  if (query.trim() === '') {
    const { data } = await listByActivity(client, { limit: listLength });
    if (data.length === 0) return [note(vscode.l10n.t('There are no threads yet.'))];
    return onePerConversation(data).map((thread) => itemOfThread(services, thread));
  }
  const asked = { query, limit: listLength, ...(titlesOnly && { in: 'titles' as const }) };
  const found = await searchThreads(client, asked, signal);
  if (!found) return titlesOnly ? knownThreads(services, query) : [note(noSearch())];
  const items = found.data.map((result) => itemOf(services, result));
  if (items.length === 0) items.push(note(vscode.l10n.t('No thread has all of these words.')));
  if (!found.isComplete)
    items.push(note(vscode.l10n.t('Older messages are still being indexed, and may be missing here.')));
  return items;
}

function itemOf(
  services: Services,
  { thread, message_id, role, created_at, passage }: ThreadSearchResult,
): Item {
  const who = role === 'user' ? vscode.l10n.t('You') : role === 'assistant' && vscode.l10n.t('Assistant');
  return {
    label: threadTitle(thread),
    description: [who, describe(services, thread.id, created_at)].filter(Boolean).join(' · '),
    ...(message_id !== null && { detail: withoutLinks(passage.text) }),
    alwaysShow: true,
    found: { thread, ...(message_id !== null && { messageId: message_id }) },
  };
}

/** The threads of a service without a search, by their titles as far as they can be listed. */
async function knownThreads(services: Services, query: string): Promise<Item[]> {
  const { data } = await listByActivity(services.client, { limit: 100 });
  const wanted = query.trim().toLocaleLowerCase();
  const found = data.filter((thread) => threadTitle(thread).toLocaleLowerCase().includes(wanted));
  if (found.length === 0) return [note(vscode.l10n.t('No thread has all of these words.'))];
  return onePerConversation(found).map((thread) => itemOfThread(services, thread));
}

/** Of the branches of a conversation, the first one listed. */
function onePerConversation(threads: readonly ActiveThread[]): ActiveThread[] {
  const seen = new Set<string>();
  return threads.filter(({ id, conversation = id }) => !seen.has(conversation) && seen.add(conversation));
}

function itemOfThread(services: Services, thread: ActiveThread): Item {
  return {
    label: threadTitle(thread),
    description: describe(services, thread.id, thread.last_active_at),
    alwaysShow: true,
    found: { thread },
  };
}

function describe({ assistants, monitor }: Services, threadId: string, at: number): string {
  const assistant = assistants.find(monitor.newestRun(threadId)?.assistant_id);
  return [shortAge(at), assistant?.name].filter(Boolean).join(' · ');
}

function noSearch(): string {
  return vscode.l10n.t('This server does not offer a search of its threads.');
}

function note(label: string): Item {
  return { label, alwaysShow: true };
}
