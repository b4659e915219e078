import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';
import { createResponsesModel } from '../../../src/engine/models/responses';
import { delta, rawServer, sendEvents, sendJSON } from '../models/support';
import { runsOn } from './support';

/** In the form of Azure's keys, which no pattern can recognize. */
const key = '0123456789abcdef0123456789abcdef';
const message = `The key ${key} is not allowed to do this.`;

const quoting = {
  'an answer that is an error': {
    create: createChatCompletionsModel,
    send: (response) => sendJSON(response, 400, { error: { message } }),
  },
  'an error inside a stream of chat completions': {
    create: createChatCompletionsModel,
    send: (response) => sendEvents(response, [delta({ content: 'Half' }), { error: { message } }]),
  },
  'an error inside a stream of responses': {
    create: createResponsesModel,
    send: (response) => sendEvents(response, [{ type: 'error', message }]),
  },
  'a response that failed': {
    create: createResponsesModel,
    send: (response) =>
      sendEvents(response, [
        { type: 'response.failed', response: { status: 'failed', error: { code: 'server_error', message } } },
      ]),
  },
  'a response that failed, as a whole': {
    create: createResponsesModel,
    send: (response) => sendJSON(response, 200, { status: 'failed', output: [], detail: message }),
  },
} satisfies Record<
  string,
  { create: typeof createResponsesModel; send: (response: Parameters<typeof sendJSON>[0]) => void }
>;

describe('a key that a server quotes', () => {
  for (const [where, { create, send }] of Object.entries(quoting)) {
    it(`in ${where} is never shown and never written`, async () => {
      const server = await rawServer(send);
      const provider = create({
        label: 'Test',
        baseURL: server.baseURL,
        apiKey: () => Promise.resolve(key),
      });
      const { ask, log, dataDir } = await runsOn(provider);
      const { run } = await ask();
      assert.equal(run.status, 'failed');
      assert.match(run.last_error?.message ?? '', /The key … is not allowed to do this\./);
      assert.ok(JSON.stringify(server.asked.map(({ headers }) => headers)).includes(key));
      assert.ok(!log.join('\n').includes(key));
      for (const file of readdirSync(dataDir, { withFileTypes: true }).filter((entry) => entry.isFile())) {
        assert.ok(!readFileSync(join(dataDir, file.name)).includes(key), file.name);
      }
    });
  }
});
