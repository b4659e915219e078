import { equal, match } from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { delta, sendEvents } from '../models/support';
import { kinds, sendText, trial } from './support';

for (const kind of kinds) {
  describe(`a ${kind} server that takes its time`, () => {
    it('may be silent for as long as the user allows, before its answer and within it', async () => {
      const slow = await trial(kind, slowly(kind, 300), { model: { patience: () => 20_000 } });
      equal((await slow.say('Hello')).text, 'Late.');
      equal((await slow.say('Again')).text, 'Late.');

      const short = await trial(kind, slowly(kind, 2000), { model: { patience: () => 200 } });
      match(
        (await short.say('Hello')).run.last_error?.message ?? '',
        /sent nothing for 1 s\. Retry in a while\.$/,
      );
    });

    it('may be silent without a limit', async () => {
      const { say } = await trial(kind, slowly(kind, 300), { model: { patience: () => Infinity } });
      equal((await say('Hello')).text, 'Late.');
    });

    it('is asked for its patience with every request', async () => {
      let patience = 200;
      const { say } = await trial(kind, slowly(kind, 1000), { model: { patience: () => patience } });
      equal((await say('Hello')).run.status, 'failed');
      patience = 20_000;
      equal((await say('Hello')).text, 'Late.');
    });

    it('is alive as long as it sends comments', async () => {
      const script = (response: ServerResponse): void => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(': processing\n\n');
        let signs = 0;
        const timer = setInterval(() => {
          response.write(': processing\n\n');
          if (++signs < 30) return;
          clearInterval(timer);
          finish(kind, response);
        }, 50);
      };
      const { say } = await trial(kind, script, { model: { patience: () => 700 } });
      equal((await say('Hello')).text, 'Late.');
    });

    it("is not subject to the limits of Node's fetch", async () => {
      const { say } = await trial(kind, (response) => sendText(kind, response, 'Here.'));
      const original = globalThis.fetch;
      globalThis.fetch = () => Promise.reject(new Error('This one gives up after 300 s.'));
      try {
        equal((await say('Hello')).text, 'Here.');
      } finally {
        globalThis.fetch = original;
      }
    });
  });
}

describe('the connection to a slow server', () => {
  it('reads an answer that is compressed although nobody asked for that', async () => {
    const { say } = await trial('chat-completions', (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      response.end(
        gzipSync(`data: ${JSON.stringify(delta({ content: 'Small.' }, 'stop'))}\n\ndata: [DONE]\n\n`),
      );
    });
    equal((await say('Hello')).text, 'Small.');
  });

  it('reports one that is lost in the middle of an answer', async () => {
    const { say } = await trial('chat-completions', (response, _, at) => {
      if (at > 0) return sendEvents(response, [delta({ content: 'Back.' }, 'stop')]);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(delta({ content: 'Half' }))}\n\n`, () => response.destroy());
    });
    match(
      (await say('Hello')).run.last_error?.message ?? '',
      /in the middle of its answer: the connection was closed/,
    );
    equal((await say('Again')).text, 'Back.');
  });
});

/** Sends headers after the pause, and the rest after another one. */
function slowly(kind: (typeof kinds)[number], pause: number) {
  return (response: ServerResponse): void => {
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      response.write(': working\n\n');
      setTimeout(() => finish(kind, response), pause);
    }, pause);
  };
}

function finish(kind: (typeof kinds)[number], response: ServerResponse): void {
  const events =
    kind === 'chat-completions'
      ? [delta({ content: 'Late.' }), delta({}, 'stop'), '[DONE]']
      : [
          { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Late.' },
          { type: 'response.completed', response: { status: 'completed', output: [], usage: null } },
        ];
  for (const event of events)
    response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
  response.end();
}
