import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { AnswerText } from '../../../src/engine/models/chatCompletions/answerText';
import { CallArguments } from '../../../src/engine/models/chatCompletions/callArguments';

/** A text in fragments of these lengths, over and over. */
function cut(text: string, lengths: readonly number[]): string[] {
  const fragments: string[] = [];
  for (let at = 0, n = 0; at < text.length; n++) {
    const length = lengths[n % lengths.length] ?? 1;
    fragments.push(text.slice(at, at + length));
    at += length;
  }
  return fragments;
}

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

describe('an answer in fragments', () => {
  it('has its arguments put together, however they are cut', () => {
    const json = fc
      // A piece that begins with the “{” of a name cannot be told from the whole, sent again.
      .dictionary(fc.stringMatching(/^[^{]{0,3}$/), fc.jsonValue({ maxDepth: 3 }))
      .map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(json, lengths, fc.boolean(), fc.boolean(), (text, sizes, isCumulative, isRepeated) => {
        const reader = new CallArguments();
        let read = '';
        let sent = '';
        for (const fragment of cut(text, sizes)) {
          sent += fragment;
          read += reader.add(isCumulative ? sent : fragment);
        }
        if (isRepeated) read += reader.add(text);
        equal(read + reader.end(), text);
      }),
      // The whole, after two fragments that are alike.
      { numRuns: 2_000, examples: [['{"a":{"a":1}}', [5], false, true]] },
    );
  });

  it('has its text put together, however it is cut', () => {
    const words = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(words, lengths, (list, sizes) => {
        const text = list.map((word, at) => `${at} ${word}`).join(' ');
        const reader = new AnswerText();
        const read = cut(text, sizes).map((fragment) => reader.add(fragment));
        equal(read.join('') + reader.end(), text);
      }),
      { numRuns: 2_000 },
    );
  });
});
