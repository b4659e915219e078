import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { readCitations, readFound, readPassages } from '../../src/views/chat/feeds/passageReader';
import { catchMessages, writeFolder, type Uploaded } from './knowledgeSupport';
import { ask, client, command, createTutor, newThread } from './support';
import * as vscode from 'vscode';

describe('the passages that the chat receives', () => {
  let told: ReturnType<typeof catchMessages>;
  beforeEach(() => (told = catchMessages()));
  afterEach(() => told.release());

  /** An answer that cites a file. */
  async function answered() {
    const folder = await writeFolder('passages', { 'tides.md': 'The tide turns twice a day.\n' });
    const { id: assistantId } = await createTutor('Reader of tides');
    const uris = [vscode.Uri.joinPath(folder, 'tides.md')];
    const { files } = await command<Uploaded>('uploadFiles', { uris, assistantId });
    const { id: threadId } = await newThread('Tides');
    const { id: runId } = await ask(threadId, assistantId, 'How often does the tide turn?');
    const api = await client();
    const { data } = await api.beta.threads.messages.list(threadId);
    return { api, threadId, runId, messageId: data[0]!.id, fileId: files[0]!.fileId };
  }

  it('have the file, the text and the line of each citation', async () => {
    const { api, threadId, messageId, fileId } = await answered();
    const [citation] = await readCitations(api, threadId, messageId);
    ok(citation);
    deepEqual([citation.fileId, citation.fileName, citation.line], [fileId, 'tides.md', 1]);
    match(citation.text ?? '', /twice a day/);
  });

  it('are the results of a search, or the error if they cannot be read', async () => {
    const { api, threadId, runId, fileId } = await answered();
    const { data } = await api.beta.threads.runs.steps.list(runId, { thread_id: threadId, order: 'asc' });
    const step = data.find(({ type }) => type === 'tool_calls')!;
    ok(step.step_details.type === 'tool_calls');
    const ids = { threadId, runId, stepId: step.id, callId: step.step_details.tool_calls[0]!.id };
    const passages = await readFound(api, ids);
    deepEqual(
      passages.map((passage) => [passage.fileId, passage.fileName, passage.line]),
      [[fileId, 'tides.md', 1]],
    );
    equal((await readPassages(api, ids))[0]?.location?.start, 0);
    await rejects(readFound(api, { ...ids, stepId: 'step_gone' }), /step_gone/);
  });
});
