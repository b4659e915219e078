import { deepEqual, rejects } from 'node:assert/strict';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';
import { createResponsesModel } from '../../../src/engine/models/responses';
import { rawServer, sendJSON } from '../models/support';

const signal = new AbortController().signal;

const lists: [form: string, answer: unknown][] = [
  ["OpenAI's data", { object: 'list', data: [{ id: 'a' }, { id: 'b' }] }],
  ['a bare list', [{ id: 'a' }, { id: 'b' }]],
  ['a bare list of names', ['a', 'b']],
  ["Ollama's models", { models: [{ name: 'a', model: 'a' }, { name: 'b' }] }],
  ['an empty list of data beside models', { data: [], models: [{ model: 'a' }, { model: 'b' }] }],
  ['models within data', { data: { models: [{ id: 'a' }, { id: 'b' }] } }],
  [
    "Cloudflare's result",
    {
      success: true,
      result: [
        { id: '7', name: 'a' },
        { id: '8', name: 'b' },
      ],
    },
  ],
];

const floats = [0.5, -2, 1e-3, 7].map(Math.fround);
const base64 = Buffer.from(Float32Array.from(floats).buffer).toString('base64');
const vectors: [form: string, answer: unknown][] = [
  ['numbers', { data: [{ index: 0, embedding: floats }] }],
  ['base64', { data: [{ index: 0, embedding: base64 }] }],
  ["Ollama's embeddings", { embeddings: [floats] }],
  ['a bare list of vectors', [floats]],
  ['a bare list of objects', [{ index: 0, embedding: base64 }]],
];

for (const [kind, create] of [
  ['chat-completions', createChatCompletionsModel],
  ['responses', createResponsesModel],
] as const) {
  describe(`a ${kind} server`, () => {
    for (const [form, answer] of lists) {
      it(`may list its models as ${form}`, async () => {
        const server = await rawServer((response) => sendJSON(response, 200, answer));
        const models = await create({ label: 'Test', baseURL: server.baseURL }).listModels(signal);
        const isNumbered = form.startsWith('Cloudflare');
        deepEqual(
          models.map(({ id, label }) => (isNumbered ? label : id)),
          ['a', 'b'],
        );
      });
    }

    for (const [form, answer] of vectors) {
      it(`may send embeddings as ${form}`, async () => {
        const server = await rawServer((response) => sendJSON(response, 200, answer));
        const model = create({ label: 'Test', baseURL: server.baseURL });
        deepEqual(
          (await model.embed?.('embedder', ['text'], signal))?.map((one) => [...one]),
          [floats],
        );
      });
    }

    for (const damaged of ['AAAA', '????', '', base64.slice(1)]) {
      it(`may not send embeddings as “${damaged}”`, async () => {
        const server = await rawServer((response) =>
          sendJSON(response, 200, { data: [{ index: 0, embedding: damaged }] }),
        );
        const model = create({ label: 'Test', baseURL: server.baseURL });
        await rejects(async () => model.embed?.('embedder', ['text'], signal), /not a list of numbers/);
      });
    }
  });
}
