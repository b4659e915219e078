import assert from 'node:assert/strict';
import type { FunctionTool } from 'openai/resources/beta/assistants';
import {
  apis,
  modelAt,
  type Connection,
  rawTcpServer,
  recordedFrames,
  runsOn,
  textOf,
  times,
  wholeAnswer,
  words,
} from './support';

/** A fault to inject into a stream after its first events. */
interface Fault {
  name: string;
  inject: (connection: Connection, next: string) => Promise<void> | void;
  /** Pattern of the run's error message. */
  says: RegExp;
  /** Whether the fault is an error even after the answer is complete. */
  atTheEnd?: true;
}

const closed = /stopped in the middle of its answer: the connection was closed\. Retry in a while\.$/;

const faults: Fault[] = [
  { name: 'is closed', inject: ({ socket }) => void socket.end(), says: closed },
  { name: 'ends too early', inject: ({ end }) => end(), says: closed },
  {
    name: 'breaks off inside an event',
    inject: async ({ send, socket }, next) => {
      await send(next.slice(0, Math.ceil(next.length / 2)));
      socket.end();
    },
    says: closed,
  },
  {
    name: 'continues with invalid JSON',
    inject: async ({ send, end }) => {
      await send('data: {"choices": [oops\n\n');
      end();
    },
    says: /sent an answer that cannot be read: “\{"choices": \[oops” is not JSON/,
  },
  {
    name: 'continues with an error',
    inject: async ({ send, end }) => {
      await send(
        `data: ${JSON.stringify({ error: { message: 'Out of memory', code: 'server_error' } })}\n\n`,
      );
      end();
    },
    says: /(ended its answer|answered) with an error: Out of memory\. Retry in a while\.$/,
  },
  {
    name: 'continues with a web page',
    inject: async ({ send, end }) => {
      await send('<html><body>502 Bad Gateway</body></html>\n\n');
      end();
    },
    says: /stopped in the middle|it contains no events/,
  },
  {
    name: 'continues with bytes that are not a chunk',
    inject: ({ socket }) => void socket.end('this is no length of a chunk\r\n'),
    says: /stopped in the middle of its answer/,
  },
];

const weather: FunctionTool = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object' } },
};

for (const api of apis) {
  describe(`a stream of ${api.name}, at every of its events,`, () => {
    for (const { name, inject, says } of faults) {
      it(`that ${name}: the run fails in its words, keeps what was said, and frees the thread`, async () => {
        const frames = await recordedFrames(api, 'text');
        const last = frames.findIndex(api.isLast);
        assert.ok(last > 3, 'there is a stream to inject');
        const server = await rawTcpServer();
        const { ask, again } = await runsOn(modelAt(api, server.baseURL));

        for (let sent = 0; sent <= last; sent++) {
          server.answer = async (connection) => {
            connection.head();
            await connection.send(frames.slice(0, sent).join(''));
            await inject(connection, frames[sent] ?? '');
          };
          const outcome = await ask();
          const { run, messages } = outcome;
          const at = `after ${sent} events`;
          assert.equal(run.status, 'failed', at);
          assert.equal(run.last_error?.code, 'server_error', at);
          assert.match(run.last_error.message, says, at);
          const said = saidBy(frames.slice(0, sent));
          assert.equal(textOf(messages[0]), said, at);
          for (const message of messages) {
            assert.deepEqual(
              [message.status, message.incomplete_details],
              ['incomplete', { reason: 'run_failed' }],
              at,
            );
          }

          server.answer = wholeAnswer(frames);
          const next = await again(outcome);
          assert.deepEqual([next.run.status, textOf(next.messages[0])], ['completed', words], at);
        }
      });
    }

    it('that is reset: the run fails, keeps a part of what was said, and frees the thread', async () => {
      const frames = await recordedFrames(api, 'text');
      const last = frames.findIndex(api.isLast);
      const server = await rawTcpServer();
      const { ask, again } = await runsOn(modelAt(api, server.baseURL));
      for (let sent = 0; sent <= last; sent++) {
        server.answer = async ({ head, send, socket }) => {
          head();
          await send(frames.slice(0, sent).join(''));
          socket.resetAndDestroy();
        };
        const outcome = await ask();
        assert.equal(outcome.run.status, 'failed');
        assert.match(outcome.run.last_error?.message ?? '', /connection was closed/);
        // A reset may discard data that was sent before it.
        assert.ok(words.startsWith(textOf(outcome.messages[0])));

        server.answer = wholeAnswer(frames);
        assert.equal((await again(outcome)).run.status, 'completed');
      }
    });

    it('that falls silent: the run fails, keeps what was said, and frees the thread', async () => {
      const frames = await recordedFrames(api, 'text');
      const last = frames.findIndex(api.isLast);
      const server = await rawTcpServer();
      const { ask, again } = await runsOn(modelAt(api, server.baseURL, { firstEvent: 150, idle: 150 }));
      for (let sent = 0; sent <= last; sent++) {
        server.answer = async ({ head, send }) => {
          head();
          await send(frames.slice(0, sent).join(''));
        };
        const outcome = await ask();
        assert.equal(outcome.run.status, 'failed');
        assert.match(outcome.run.last_error?.message ?? '', /sent nothing for 1 s\. Retry in a while\.$/);
        assert.equal(textOf(outcome.messages[0]), saidBy(frames.slice(0, sent)));

        server.answer = wholeAnswer(frames);
        assert.equal((await again(outcome)).run.status, 'completed');
      }
    });

    it('that has an unknown event: it is ignored', async () => {
      const frames = await recordedFrames(api, 'text');
      const server = await rawTcpServer();
      const { ask } = await runsOn(modelAt(api, server.baseURL));
      const unknown = [
        'event: news\ndata: {"type":"response.dreaming","object":"dream"}\n\n',
        'data: {"choices":[{"index":0,"delta":{"dream":{"of":["sheep"]}},"finish_reason":null}]}\n\n',
        'data: 7\n\ndata: null\n\ndata: []\n\n',
        ': a comment\n\nretry: 100\nid: 7\n\n',
      ].join('');
      for (let sent = 0; sent <= frames.length; sent++) {
        const odd = [...frames.slice(0, sent), unknown, ...frames.slice(sent)];
        server.answer = wholeAnswer(odd);
        const { run, messages } = await ask();
        assert.deepEqual(
          [run.status, textOf(messages[0])],
          ['completed', words],
          `after ${sent} events: ${run.last_error?.message}`,
        );
      }
    });

    it('that is lost once the answer is complete: the run completes', async () => {
      const frames = await recordedFrames(api, 'text');
      const last = frames.findIndex(api.isLast);
      const server = await rawTcpServer();
      const { ask } = await runsOn(modelAt(api, server.baseURL));
      server.answer = async ({ head, send, socket }) => {
        head();
        await send(frames.slice(0, last + 1).join(''));
        socket.end();
      };
      const { run, messages } = await ask();
      assert.deepEqual([run.status, textOf(messages[0])], ['completed', words], run.last_error?.message);
    });

    it('that is closed in a function call: the run fails with its step, and requires no action', async () => {
      const frames = await recordedFrames(api, 'call');
      const last = frames.findIndex(api.isLast);
      const server = await rawTcpServer();
      const { ask, client } = await runsOn(modelAt(api, server.baseURL), { tools: [weather] });
      for (let sent = 0; sent <= last; sent++) {
        server.answer = async ({ head, send, socket }) => {
          head();
          await send(frames.slice(0, sent).join(''));
          socket.end();
        };
        const { run } = await ask('call');
        assert.deepEqual([run.status, run.required_action], ['failed', null], `after ${sent} events`);
        const steps = await client.beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id });
        for (const step of steps.data) {
          assert.deepEqual([step.type, step.status], ['tool_calls', 'failed']);
        }
      }
    });

    it('that is lost before its first event: it is asked for again, three times in all', async () => {
      const frames = await recordedFrames(api, 'text');
      for (const lose of ['end', 'resetAndDestroy'] as const) {
        const server = await rawTcpServer();
        const { ask } = await runsOn(modelAt(api, server.baseURL));
        server.answer = (connection) => {
          if (server.requests() === 3) return wholeAnswer(frames)(connection);
          connection.head();
          connection.socket[lose]();
        };
        const { run } = await ask();
        assert.equal(run.status, 'completed', run.last_error?.message);
      }
    });

    it('that is lost after its first event: it is not asked for again', async () => {
      const frames = await recordedFrames(api, 'text');
      const server = await rawTcpServer();
      const { ask } = await runsOn(modelAt(api, server.baseURL, times));
      server.answer = async ({ head, send, socket }) => {
        head();
        await send(frames[0] ?? '');
        socket.end();
      };
      assert.equal((await ask()).run.status, 'failed');
      assert.equal(server.requests(), 1);
    });
  });
}

/** The text in the events of either API. */
function saidBy(frames: readonly string[]): string {
  return frames
    .flatMap((frame) => /^data: (\{.*)$/m.exec(frame)?.[1] ?? [])
    .map((json) => JSON.parse(json) as TextEvent)
    .map((event) =>
      event.type === 'response.output_text.delta' ? event.delta : (event.choices?.[0]?.delta?.content ?? ''),
    )
    .join('');
}

interface TextEvent {
  type?: string;
  delta?: string;
  choices?: { delta?: { content?: string } }[];
}
