import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ModelEvent } from '../../../src/engine/models/modelProvider';
import { ThinkTags } from '../../../src/engine/models/reasoning/thinkTags';

interface Read {
  reasoning: string;
  text: string;
}

/** What a turn of these pieces of text is, to a reader that follows the events. */
function read(pieces: readonly string[], after: readonly ModelEvent[] = []): Read {
  const tags = new ThinkTags();
  const turn: Read = { reasoning: '', text: '' };
  const events: ModelEvent[] = [
    ...pieces.map((text) => ({ type: 'text' as const, text })),
    ...after,
    { type: 'finish', reason: 'stop' },
  ];
  for (const event of tags.through(events)) {
    if (event.type === 'text') turn.text += event.text;
    else if (event.type === 'reasoning') turn.reasoning += event.text;
    else if (event.type === 'text_was_reasoning') {
      turn.reasoning += turn.text;
      turn.text = '';
    }
  }
  return turn;
}

/** Texts with the reasoning that is in them. */
const reasoned: [whole: string, reasoning: string, text: string][] = [
  ['<think>Two and two.</think>Four.', 'Two and two.', 'Four.'],
  ['<think>\nTwo and two.\n\nEasy.\n</think>\n\nFour.\n', 'Two and two.\n\nEasy.', 'Four.\n'],
  ['\n <think>a</think>b', 'a', 'b'],
  ['<THINK>a</Think>b', 'a', 'b'],
  ['<think>\n\n</think>\n\nFour.', '', 'Four.'],
  ['<think>a</think>\n<think>b</think>\nc', 'a\n\nb', 'c'],
  ['<think>a < b, <b>, </thin, </thinking>?</think>c', 'a < b, <b>, </thin, </thinking>?', 'c'],
  [
    '<think>The mark `</think>` ends it, and "</think>" too.</think>Yes.',
    'The mark `</think>` ends it, and "</think>" too.',
    'Yes.',
  ],
  ['<think>It ends with `</think>\nFour.', 'It ends with `', 'Four.'],
  ['<think>İstanbul, İzmir</think>Ankara', 'İstanbul, İzmir', 'Ankara'],
  ['<think>no end', 'no end', ''],
  ['<thinking>a</thinking>b', 'a', 'b'],
  ['<thought>a</thought>b', 'a', 'b'],
  ['[THINK]a[/THINK]b', 'a', 'b'],
  ['<seed:think>a</seed:think>b', 'a', 'b'],
  ['◁think▷a◁/think▷b', 'a', 'b'],
  ['<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>b', 'a', 'b'],
  ['<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b', 'a', 'b'],
  ['<|channel>thought\na<channel|>b', 'a', 'b'],
  ['<think>a</think>The tag </think> ends reasoning.', 'a', 'The tag </think> ends reasoning.'],
  // The closing mark alone.
  ['Two and two.\n</think>\n\nFour.', 'Two and two.\n', 'Four.'],
  ['Two and two.</think>Four.', 'Two and two.', 'Four.'],
  ['Two and two.</think>\nfour', 'Two and two.', 'four'],
  ['two and two</think>\n\nFour.', 'two and two', 'Four.'],
  ['two and two</think>**Four**', 'two and two', '**Four**'],
  ['两加两。</think>四', '两加两。', '四'],
  ['</think>\n\nFour.', '', 'Four.'],
  ['The tag </think> ends it.\nDone.\n</think>\nYes.', 'The tag </think> ends it.\nDone.\n', 'Yes.'],
  ['```py\n1\n```\nSo.\n</think>\nOne.', '```py\n1\n```\nSo.\n', 'One.'],
  ['Is `1` one? Yes.\n</think>\nOne.', 'Is `1` one? Yes.\n', 'One.'],
];

/** Texts that have no reasoning. */
const plain = [
  '',
  ' ',
  '\n\nFour.',
  'Four.',
  'a < b <',
  '<th',
  '<thinker>',
  '<p>Four</p>',
  'Models reason between <think> and </think> tags.',
  'Reasoning ends with </think> in most models.',
  'Most end it with </think>.',
  'Most end it with "</think>" or (</think>).',
  'It ends with </think>\nmostly.',
  'Write `</think>` at the end.\nThen `` `</think> `` too.',
  'An example:\n```\nTwo.\n</think>\nFour.\n```\nThat is all.',
  'An example:\n\n- ~~~xml\n  </think>\n  ~~~\n',
  'An example:\n```\n<think>\nTwo.\n</think>\nFour.\n```\nThat is all.',
  'Use <think> like so:\n<think>\nTwo.\n</think>\nFour.',
  'Hello <think>there</think> you.',
  '[link](x) [thin',
];

describe('reasoning that a model writes into its text', () => {
  for (const [whole, reasoning, text] of reasoned) {
    it(`is told from the answer in ${JSON.stringify(whole)}`, () => {
      deepEqual(read([whole]), { reasoning, text });
    });
  }

  for (const text of plain) {
    it(`is not found in ${JSON.stringify(text)}`, () => {
      deepEqual(read([text]), { reasoning: '', text });
    });
  }

  it('is the same wherever the text is cut', () => {
    const all = [...reasoned, ...plain.map((text) => [text, '', text] as const)];
    for (const [whole, reasoning, text] of all) {
      deepEqual(read([...whole].map(String)), { reasoning, text }, whole);
      for (let at = 1; at < whole.length; at++)
        deepEqual(read([whole.slice(0, at), whole.slice(at)]), { reasoning, text }, `${whole} at ${at}`);
    }
  });

  it('is the same wherever a random text is cut', () => {
    const words = [
      '<think>',
      '</think>',
      '`',
      '```',
      '\n',
      ' ',
      'a',
      '.',
      '<',
      '[/think]',
      '"',
      '</',
      'İ',
      '```\n',
    ];
    let seed = 7;
    const random = (limit: number): number => (seed = (seed * 48271) % 2147483647) % limit;
    for (let round = 0; round < 3000; round++) {
      const whole = Array.from({ length: random(14) }, () => words[random(words.length)]).join('');
      const pieces: string[] = [];
      for (let at = 0; at < whole.length;) {
        const length = 1 + random(5);
        pieces.push(whole.slice(at, at + length));
        at += length;
      }
      deepEqual(read(pieces), read([whole]), JSON.stringify(pieces));
    }
  });

  it('before a call is told from the answer', () => {
    const call: ModelEvent = { type: 'tool_call', index: 0, id: '1', name: 'f' };
    deepEqual(read(['Let me look.\n</think>'], [call]), { reasoning: 'Let me look.\n', text: '' });
    deepEqual(read(['<think>Let me look.'], [call]), { reasoning: 'Let me look.', text: '' });
    deepEqual(read(['Let me look <'], [call]), { reasoning: '', text: 'Let me look <' });
  });

  it('is not looked for before a closing mark if the server separates it', () => {
    const tags = new ThinkTags();
    const events = [
      ...tags.through([
        { type: 'reasoning', text: 'Two.' },
        { type: 'text', text: '</think>\n\nFour.\n</think>\n' },
      ]),
    ];
    deepEqual(events, [
      { type: 'reasoning', text: 'Two.' },
      { type: 'text', text: 'Four.\n</think>\n' },
    ]);
  });

  it('moves the places of the sources', () => {
    const url = 'https://example.com/';
    const tags = new ThinkTags();
    const events = [
      ...tags.through([
        { type: 'text', text: '<think>a</think>\nRome [1]' },
        { type: 'sources', sources: [{ url, start: 22, end: 25 }, { url, start: 7, end: 8 }, { url }] },
      ]),
    ];
    deepEqual(events.at(-1), { type: 'sources', sources: [{ url, start: 5, end: 8 }, { url }, { url }] });
  });

  it('takes time in proportion to its length', () => {
    for (const piece of [' ', '<', '`', '</think> ', 'a\n', '</think>`', '"', '<think>']) {
      for (const start of ['', '<think>', 'a']) {
        const count = 20_000;
        const { reasoning, text } = read([start, ...Array.from({ length: count }, () => piece)]);
        ok(reasoning.length + text.length <= start.length + count * piece.length);
      }
    }
    equal(read(['<think>', 'x'.repeat(5_000_000)]).reasoning.length, 5_000_000);
  });
});
