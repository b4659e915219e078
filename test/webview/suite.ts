/** Setup of the panel's tests, and the checks after each of them. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { ChatState } from '../../src/protocol/chat';
import { PanelPage, type PanelOptions } from './panelPage';
import {
  atRest,
  attachments,
  citedAnswer,
  coder,
  foundPassages,
  knownCitations,
  searchCall,
  searchResults,
  step,
  threadId,
  withAttachment,
  writingStep,
} from './samples';

/**
 * Opens a panel for the tests of a `describe`, reset before each test. After each test it checks that the
 * page threw no error, sent no foreign request and did not violate its Content Security Policy.
 */
export function freshPanel(options: PanelOptions = {}): () => PanelPage {
  let panel: PanelPage | undefined;

  function current(): PanelPage {
    if (panel === undefined) throw new Error('There is a panel only while a test runs.');
    return panel;
  }

  before(async () => {
    panel = await PanelPage.open(options);
  });
  beforeEach(() => current().reset());
  afterEach(async () => {
    assert.deepEqual(await current().unwantedEvents(), { errors: [], violations: [], foreignRequests: [] });
  });
  after(() => panel?.close());

  return current;
}

/** Opens the cards of calls that are folded. */
export async function openCards({ page }: PanelPage): Promise<void> {
  const folded = page.locator('button.call-head[aria-expanded="false"]');
  while ((await folded.count()) > 0) await folded.first().click();
}

/** Shows the sample thread with these messages. */
export async function show(
  panel: PanelPage,
  messages: Message[],
  { hasMore = false, ...state }: Partial<ChatState> & { hasMore?: boolean } = {},
): Promise<void> {
  await panel.receiveState({ ...atRest, ...state });
  await panel.receive({ type: 'messages', threadId, messages, hasMore });
}

/** Shows an answer with citations, its file search, and a draft with attachments. */
export async function showFiles(panel: PanelPage): Promise<void> {
  await show(panel, [withAttachment, citedAnswer], { assistantId: coder.id });
  const found = step('s_search', [searchCall(searchResults)]);
  await panel.receive(
    { type: 'steps', threadId, steps: [found, writingStep('s_write', citedAnswer.id)] },
    { type: 'attachments', threadId, attachments },
  );
  await panel.answer('fileInfo', { fileId: 'file_notes', name: 'notes.txt', bytes: 2048 });
  await panel.answer('citations', knownCitations);
  await panel.page.getByRole('button', { name: 'Show Passages' }).click();
  await panel.answer('passages', foundPassages);
}

/** Shows a new thread. */
export async function showNew(panel: PanelPage, state: Partial<ChatState> = {}): Promise<void> {
  await panel.receiveState({ ...atRest, thread: undefined, ...state });
  await panel.receive({ type: 'messages', threadId: null, messages: [], hasMore: false });
}

/** Waits until an element has the focus. */
export async function hasFocus(element: Locator): Promise<void> {
  await element.and(element.page().locator(':focus')).waitFor();
}
