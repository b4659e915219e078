import path from 'node:path';
import { PanelPage } from '../test/webview/panelPage';
import {
  atRest,
  codeAnswer,
  growing,
  mathAnswer,
  message,
  question,
  run,
  threadId,
} from '../test/webview/samples';
import { median, type Row } from './row';
import { stagedExtension } from './staged';

const rounds = 3;
const limitMs = 50;
const messageId = 'msg_streamed';

/** Streams a long answer into the shipped bundle, and finds the frame with the most work. */
export async function rows(): Promise<Row[]> {
  const mixed = `${mathAnswer}\n${codeAnswer}\n`;
  const item = '- one more item of a list with **bold** words and `code`\n';
  return [
    await rowOf('longest frame of a streamed answer of 50,000 characters', fill(mixed, 50_000)),
    await rowOf('the same, all of it one list', fill(item, 50_000)),
    await rowOf('the same, of 200,000 characters', fill(mixed, 200_000), 1),
  ];
}

async function rowOf(what: string, answer: string, times = rounds): Promise<Row> {
  const frames: number[] = [];
  for (let round = 0; round < times; round++) frames.push(await longestFrame(answer));
  const longest = median(frames);
  return {
    what,
    measured: `${longest.toFixed(0)} ms of work`,
    against: '–',
    ratio: `${longest.toFixed(0)} ms`,
    limit: `${limitMs} ms`,
    met: longest <= limitMs,
  };
}

async function longestFrame(answer: string): Promise<number> {
  const panel = await PanelPage.open({ dist: path.join(stagedExtension(), 'dist') });
  try {
    await panel.receiveState({ ...atRest, run: run() });
    const messages = [question('msg_question', 'Tell me everything.'), growing(messageId)];
    await panel.receive({ type: 'messages', threadId, messages, hasMore: false });
    const longest = await panel.longestTask(async () => {
      await panel.stream(threadId, messageId, answer.match(/[^]{1,100}/g) ?? []);
      await panel.receive({ type: 'message', threadId, message: message(messageId, answer) });
    });
    const shown = await panel.page.locator(`[data-id="${messageId}"] .message-body`).textContent();
    if ((shown ?? '').length < answer.length / 2) throw new Error('The panel does not show the answer.');
    return longest;
  } finally {
    await panel.close();
  }
}

function fill(piece: string, letters: number): string {
  return piece.repeat(Math.ceil(letters / piece.length)).slice(0, letters);
}
