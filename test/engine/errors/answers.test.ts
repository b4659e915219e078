import assert from 'node:assert/strict';
import { generate } from 'selfsigned';
import { closedHost } from '../models/support';
import {
  type Api,
  apis,
  type Connection,
  modelAt,
  type RawTcpServer,
  rawTcpServer,
  recordedFrames,
  runsOn,
  textOf,
  wholeAnswer,
  words,
} from './support';

/** Answers with an error as JSON. */
function errorAnswer(status: number, error: Record<string, unknown>, headers: Record<string, string> = {}) {
  return async ({ head, send, end }: Connection): Promise<void> => {
    head(status, { 'content-type': 'application/json', ...headers });
    await send(JSON.stringify({ error }));
    end();
  };
}

function answers(type: string, body: string, status = 200) {
  return async ({ head, send, end }: Connection): Promise<void> => {
    head(status, { 'content-type': type });
    await send(body);
    end();
  };
}

/** The run that fails on a server that answers like this; checks that its thread can run again. */
async function failedRun(api: Api, server: RawTcpServer, answer: RawTcpServer['answer']) {
  const { ask, again } = await runsOn(modelAt(api, server.baseURL));
  server.answer = answer;
  const outcome = await ask();
  assert.equal(outcome.run.status, 'failed');
  assert.deepEqual(outcome.messages, []);
  const requests = server.requests();

  server.answer = wholeAnswer(await recordedFrames(api, 'text'));
  const next = await again(outcome);
  assert.deepEqual([next.run.status, textOf(next.messages[0])], ['completed', words]);
  return { ...outcome.run.last_error, requests };
}

/** Timers may fire early by this many milliseconds. */
const timerError = 2;

/** The times in milliseconds of the requests to a server that answers 503 until the last of them. */
async function timesAsked(
  api: Api,
  timeouts: Parameters<typeof modelAt>[2],
  headers: Record<string, string>,
  times: number,
): Promise<number[]> {
  const frames = await recordedFrames(api, 'text');
  const server = await rawTcpServer();
  const { ask } = await runsOn(modelAt(api, server.baseURL, timeouts));
  const asked: number[] = [];
  server.answer = (connection) =>
    asked.push(performance.now()) < times
      ? errorAnswer(503, { message: 'Not now' }, headers)(connection)
      : wholeAnswer(frames)(connection);
  assert.equal((await ask()).run.status, 'completed');
  assert.equal(asked.length, times);
  return asked;
}

for (const api of apis) {
  describe(`a server of ${api.name} that does not begin a stream`, () => {
    for (const status of [408, 409, 429, 500, 502, 503, 504, 529]) {
      it(`but answers ${status}: it is asked again, and the run continues if it answers then`, async () => {
        const frames = await recordedFrames(api, 'text');
        const server = await rawTcpServer();
        const { ask } = await runsOn(modelAt(api, server.baseURL));
        server.answer = (connection) =>
          server.requests() < 3
            ? errorAnswer(status, { message: 'Not now' })(connection)
            : wholeAnswer(frames)(connection);
        const { run, messages } = await ask();
        assert.deepEqual([run.status, textOf(messages[0])], ['completed', words]);
        assert.equal(server.requests(), 3);
      });
    }

    it('but keeps answering 429: the run fails as rate limited', async () => {
      const server = await rawTcpServer();
      const error = await failedRun(api, server, errorAnswer(429, { message: 'Too fast' }));
      assert.equal(error.code, 'rate_limit_exceeded');
      assert.match(error.message ?? '', /answered 429: Too fast\. Retry in a while\.$/);
      assert.equal(error.requests, 3);
    });

    it('for lack of quota: it is not asked again, and billing is named', async () => {
      const server = await rawTcpServer();
      const answer = errorAnswer(429, { message: 'You exceeded your quota', code: 'insufficient_quota' });
      const error = await failedRun(api, server, answer);
      assert.equal(error.code, 'rate_limit_exceeded');
      assert.match(error.message ?? '', /Check the plan and billing of its account\.$/);
      assert.equal(error.requests, 1);
    });

    it('and names a time to wait: that is waited for, in seconds, milliseconds or as a date', async () => {
      const frames = await recordedFrames(api, 'text');
      const values: Record<string, string>[] = [
        { 'retry-after': '0' },
        { 'retry-after-ms': '5', 'retry-after': '9999' },
        { 'retry-after': new Date(Date.now() - 60_000).toUTCString() },
        { 'retry-after': 'soon' },
      ];
      for (const headers of values) {
        const server = await rawTcpServer();
        const { ask } = await runsOn(modelAt(api, server.baseURL));
        server.answer = (connection) =>
          server.requests() < 2
            ? errorAnswer(503, { message: 'Not now' }, headers)(connection)
            : wholeAnswer(frames)(connection);
        assert.equal((await ask()).run.status, 'completed', JSON.stringify(headers));
      }
    });

    it('and names a time to wait: it is not asked before', async () => {
      const times = await timesAsked(api, { retry: 1 }, { 'retry-after-ms': '300' }, 2);
      assert.ok(times[1]! - times[0]! >= 300 - timerError, String(times));
    });

    it('and names no time to wait: the delay grows with each attempt', async () => {
      const times = await timesAsked(api, { retry: 100 }, {}, 3);
      assert.ok(times[1]! - times[0]! >= 75 - timerError, String(times));
      assert.ok(times[2]! - times[1]! >= 150 - timerError, String(times));
    });

    it('and names a long time to wait: the run fails at once, and says how long', async () => {
      for (const [value, said] of [
        ['7200', /Retry in 7200 s\.$/],
        [new Date(Date.now() + 7_200_000).toUTCString(), /Retry in 7\d\d\d s\.$/],
      ] as const) {
        const server = await rawTcpServer();
        const answer = errorAnswer(429, { message: 'Too fast' }, { 'retry-after': value });
        const error = await failedRun(api, server, answer);
        assert.match(error.message ?? '', said);
        assert.equal(error.requests, 1);
      }
    });

    it('but rejects the request: it is not asked again', async () => {
      const server = await rawTcpServer();
      const error = await failedRun(api, server, errorAnswer(400, { message: 'Bad tools' }));
      assert.equal(error.code, 'invalid_prompt');
      assert.match(error.message ?? '', /answered 400: Bad tools\.$/);
      assert.equal(error.requests, 1);
    });

    it('but sends a web page: the run fails, and asks to check the base URL', async () => {
      const server = await rawTcpServer();
      const page = await failedRun(api, server, answers('text/html', '<html>Welcome</html>'));
      assert.match(page.message ?? '', /it is a web page\. Check the connection's base URL\.$/);
      const error = await failedRun(api, server, answers('text/html', '<html>Bad Gateway</html>', 502));
      assert.match(error.message ?? '', /answered 502\. Retry in a while\.$/);
    });

    it('but sends invalid JSON: the run fails and quotes it', async () => {
      const server = await rawTcpServer();
      const half = await failedRun(api, server, answers('application/json', '{"choices": ['));
      assert.match(half.message ?? '', /cannot be read: “\{"choices": \[” is not JSON\./);
      const text = await failedRun(api, server, answers('text/event-stream', 'Hello there\n'));
      assert.match(text.message ?? '', /cannot be read: it contains no events\./);
    });

    it('but sends JSON that is nested too deeply: the run fails', async () => {
      const server = await rawTcpServer();
      const deep = `${'[{"a":'.repeat(20_000)}0${'}]'.repeat(20_000)}`;
      const whole = await failedRun(api, server, answers('application/json', deep));
      assert.match(whole.message ?? '', /cannot be read: it is nested too deeply\./);
      const streamed = await failedRun(api, server, answers('text/event-stream', `data: ${deep}\n\n`));
      assert.match(streamed.message ?? '', /cannot be read: it is nested too deeply\./);
    });

    it('but ends with nothing: the run fails after three attempts', async () => {
      const server = await rawTcpServer();
      const error = await failedRun(api, server, answers('text/event-stream', ''));
      assert.match(error.message ?? '', /the connection was closed/);
      assert.equal(error.requests, 3);
    });

    it('but closes the connection: the run fails after three attempts', async () => {
      const server = await rawTcpServer();
      const closed = await failedRun(api, server, ({ socket }) => void socket.end());
      assert.match(closed.message ?? '', /closed the connection before it answered\. Retry in a while\.$/);
      assert.equal(closed.requests, 3);
      const reset = await failedRun(api, server, ({ socket }) => void socket.resetAndDestroy());
      assert.match(reset.message ?? '', /closed the connection before it answered/);
    });

    it('but does not speak HTTP: the run fails', async () => {
      const server = await rawTcpServer();
      const error = await failedRun(
        api,
        server,
        ({ socket }) => void socket.end('220 mail.example ESMTP\r\n'),
      );
      assert.equal(error.code, 'server_error');
      assert.match(error.message ?? '', /^Test \(127\.0\.0\.1:\d+\) could not be reached: /);
    });

    it('but hangs: the run fails when it has been silent for too long', async () => {
      for (const answer of [() => undefined, ({ head }: Connection) => head()]) {
        const server = await rawTcpServer();
        server.answer = answer;
        const { ask } = await runsOn(modelAt(api, server.baseURL, { firstEvent: 100 }));
        const { run } = await ask();
        assert.equal(run.status, 'failed');
        assert.match(run.last_error?.message ?? '', /sent nothing for 1 s\. Retry in a while\.$/);
      }
    });

    it('as its certificate is self-signed: it is sent nothing, and the run fails and says so', async () => {
      const pems = await generate([{ name: 'commonName', value: 'localhost' }]);
      const server = await rawTcpServer({ key: pems.private, cert: pems.cert });
      const { ask } = await runsOn(modelAt(api, server.baseURL));
      const { run } = await ask();
      assert.equal(run.status, 'failed');
      assert.match(
        run.last_error?.message ?? '',
        /could not be reached: its certificate is not trusted\. Make this machine trust its certificate authority/,
      );
      assert.equal(server.requests(), 0);
    });

    it('as nothing listens there: the run fails and asks whether it runs', async () => {
      const { ask } = await runsOn(modelAt(api, `http://${await closedHost()}/v1`));
      const { run } = await ask();
      assert.equal(run.status, 'failed');
      assert.match(
        run.last_error?.message ?? '',
        /could not be reached: connection refused\. Is it running\?$/,
      );
    });

    it('as its host name does not exist: the run fails and says so', async () => {
      const { ask } = await runsOn(modelAt(api, 'http://nowhere.invalid/v1'));
      const { run } = await ask();
      assert.equal(run.status, 'failed');
      assert.match(
        run.last_error?.message ?? '',
        /its host name could not be found\. Check the connection's base URL/,
      );
    });
  });
}
