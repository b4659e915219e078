import { deepEqual, equal } from 'node:assert/strict';
import { delta, sendEvents, sendJSON } from '../models/support';
import { sendText, trial, type Kind } from './support';

type Fields = Record<string, unknown>;

const text = 'It rains 🌧️ [1], and snows [2][1].';
const rain = 'https://rain.example/a';
const snow = 'https://snow.example/b';
const urls = [rain, snow];
const pages = [
  { title: 'Rain', url: rain, date: '2025-01-01' },
  { title: 'Snow', url: snow },
];
const stop = delta({}, 'stop');
const annotation = (url: string, title: string, fields: Fields = {}) => ({
  type: 'url_citation',
  url_citation: { url, title, ...fields },
});

/** The annotations of an answer: their text, URL and title. Fails unless each text is at its place. */
async function citedBy(kind: Kind, events: readonly unknown[]): Promise<unknown[][]> {
  const { say, client, threadId, bodies } = await trial(kind, (response, _, at) => {
    if (at > 0) return sendText(kind, response, 'Next.');
    sendEvents(response, events, kind === 'chat-completions');
  });
  const { run } = await say('Hello');
  equal(run.last_error?.message, undefined);
  const messages = await client.beta.threads.messages.list(threadId, { run_id: run.id });
  const [part] = messages.data[0]?.content ?? [];
  if (part?.type !== 'text') throw new Error('There is no text.');
  const annotations = part.text.annotations as unknown as Fields[];
  for (const { start_index, end_index, text: cited } of annotations) {
    // Ranges count code points.
    equal([...part.text.value].slice(start_index as number, end_index as number).join(''), cited);
  }
  equal((await say('Again')).text, 'Next.');
  equal(JSON.stringify(bodies()[1]).includes('url_citation'), false);
  return annotations.map(({ text: cited, url, title }) => [cited, url, title]);
}

const numbered = [
  ['[1]', rain, 'Rain'],
  ['[2]', snow, 'Snow'],
  ['[1]', rain, 'Rain'],
];
const untitled = numbered.map(([cited, url]) => [cited, url, undefined]);

const habits: [provider: string, events: unknown[], expected: unknown[][]][] = [
  [
    'Perplexity: citations and search results in each chunk',
    [
      { ...(delta({ content: text.slice(0, 9) }) as Fields), citations: urls, search_results: pages },
      { ...(delta({ content: text.slice(9) }, 'stop') as Fields), citations: urls, search_results: pages },
    ],
    numbered,
  ],
  [
    'xAI: citations in the last chunk',
    [delta({ content: text }), stop, { choices: [], citations: urls }],
    untitled,
  ],
  [
    'search results alone',
    [delta({ content: text }), stop, { choices: [], search_results: pages }],
    numbered,
  ],
  [
    'Qwen: search_info',
    [delta({ content: text }), stop, { choices: [], search_info: { search_results: pages } }],
    numbered,
  ],
  [
    'Zhipu: web_search with links',
    [
      delta({ content: text }),
      stop,
      {
        choices: [],
        web_search: [
          { title: 'Rain', link: rain },
          { title: 'Snow', link: snow },
        ],
      },
    ],
    numbered,
  ],
  [
    'Groq: the results of executed tools',
    [
      delta({ content: text, executed_tools: [{ type: 'search', search_results: { results: pages } }] }),
      stop,
    ],
    numbered,
  ],
  [
    'OpenRouter: annotations without a place',
    [
      delta({ content: text }),
      delta({
        annotations: [annotation(rain, 'Rain'), annotation(snow, 'Snow', { start_index: 0, end_index: 0 })],
      }),
      stop,
    ],
    numbered,
  ],
  [
    'OpenAI: annotations with a place, in code points',
    [
      delta({ content: text }),
      delta({ annotations: [annotation(rain, 'Rain', { start_index: 3, end_index: 11 })] }),
      stop,
    ],
    [['rains 🌧️', rain, 'Rain']],
  ],
  ['citations as objects', [delta({ content: text }), stop, { choices: [], citations: pages }], numbered],
  [
    'addresses that are no web pages',
    [
      delta({ content: text }),
      stop,
      {
        choices: [],
        citations: [
          'javascript:alert(1)',
          snow,
          'file:///etc/passwd',
          'https://',
          'https://[bad',
          `https://long.example/${'a'.repeat(2_048)}`,
          7,
          null,
        ],
      },
    ],
    [['[2]', snow, undefined]],
  ],
  [
    'a source that no number refers to',
    [delta({ content: 'It rains.' }), stop, { choices: [], citations: [rain] }],
    [['', rain, undefined]],
  ],
];

const item = (annotations: unknown[]) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations }],
});
const flat = (url: string, title: string, start_index: number, end_index: number) => {
  return { type: 'url_citation', url, title, start_index, end_index };
};
const cited = [flat(rain, 'Rain', 3, 11), flat(snow, 'Snow', 12, 15)];
const placed = [
  ['rains 🌧️', rain, 'Rain'],
  ['[1]', snow, 'Snow'],
];
const streamed = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: text };
const completed = (fields: Fields = {}) => ({
  type: 'response.completed',
  response: { status: 'completed', output: [], usage: null, ...fields },
});

const responseHabits: [provider: string, events: unknown[], expected: unknown[][]][] = [
  [
    'OpenAI: annotations as they are written, and again with the item',
    [
      streamed,
      ...cited.map((one, annotation_index) => ({
        type: 'response.output_text.annotation.added',
        output_index: 0,
        content_index: 0,
        annotation_index,
        annotation: one,
      })),
      { type: 'response.output_item.done', output_index: 0, item: item(cited) },
      completed({ output: [item(cited)] }),
    ],
    placed,
  ],
  [
    'annotations with the item',
    [streamed, { type: 'response.output_item.done', output_index: 0, item: item(cited) }, completed()],
    placed,
  ],
  ['annotations in a complete response', [completed({ output: [item(cited)] })], placed],
  [
    'annotations of a second item',
    [
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { ...item([]), content: [{ type: 'output_text', text: 'I look.', annotations: [] }] },
      },
      { type: 'response.output_item.done', output_index: 1, item: item(cited) },
      completed(),
    ],
    placed,
  ],
  ['xAI: citations of the response', [streamed, completed({ citations: urls })], untitled],
  [
    'Perplexity: an item of search results',
    [
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { type: 'search_results', results: pages },
      },
      { ...streamed, output_index: 1 },
      completed(),
    ],
    numbered,
  ],
];

describe('the sources of an answer are kept with its text', () => {
  for (const [provider, events, expected] of habits) {
    it(`of chat-completions: ${provider}`, async () => {
      deepEqual(inOrder(await citedBy('chat-completions', events)), inOrder(expected));
    });
  }

  for (const [provider, events, expected] of responseHabits) {
    it(`of responses: ${provider}`, async () => {
      deepEqual(inOrder(await citedBy('responses', events)), inOrder(expected));
    });
  }

  it('but not with its code', async () => {
    const code = 'Take `list[1]`:\n```js\nlist[2];\n```\nSo [1] says.';
    const [url] = urls;
    deepEqual(
      await citedBy('chat-completions', [delta({ content: code }), stop, { choices: [], citations: [url] }]),
      [['[1]', url, undefined]],
    );
  });

  it('up to a hundred, with titles of one short line', async () => {
    const many = Array.from({ length: 300 }, (_, at) => ({
      url: `https://example.com/${at}`,
      title: `A\ntitle ${'long '.repeat(200)}`,
    }));
    const annotations = await citedBy('chat-completions', [
      delta({ content: text.repeat(200) }),
      stop,
      { choices: [], search_results: many },
    ]);
    equal(annotations.length, 100);
    equal(new Set(annotations.map(([, url]) => url)).size, 100);
    const [[, , title] = []] = annotations;
    equal(String(title).length, 200);
    equal(String(title).includes('\n'), false);
  });

  it('and streamed to readers', async () => {
    const { client, assistant, threadId } = await trial('chat-completions', (response) => {
      sendJSON(response, 200, {
        choices: [{ message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
        citations: urls,
      });
    });
    await client.beta.threads.messages.create(threadId, { role: 'user', content: 'Hello' });
    const stream = client.beta.threads.runs.stream(threadId, { assistant_id: assistant.id });
    const [message] = await stream.finalMessages();
    const [part] = message?.content ?? [];
    equal(part?.type === 'text' && part.text.annotations.length, 3);
  });
});

/** Numbers may be in another order than their pages. */
function inOrder(annotations: unknown[][]): unknown[][] {
  return annotations.map((one) => one).sort((a, b) => String(a).localeCompare(String(b)));
}
