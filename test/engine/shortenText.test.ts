import { equal, match, ok } from 'node:assert/strict';
import { shortenText } from '../../src/engine/text/shortenText';
import { textTokens } from '../../src/engine/text/tokens';

const advice = 'Ask for less.';

describe('a text that is too long for the model', () => {
  const texts: [string, string][] = [
    ['lines', Array.from({ length: 50_000 }, (_, at) => `line ${at}`).join('\n')],
    ['one line', 'x'.repeat(1_000_000)],
    ['Chinese', '模型的上下文窗口有限。'.repeat(20_000)],
    ['emoji', '😀'.repeat(200_000)],
    ['letters and Chinese', `${'a'.repeat(300_000)}${'窗'.repeat(300_000)}`],
  ];
  for (const [name, text] of texts) {
    for (const tokens of [100, 999, 20_000]) {
      it(`is sent as its beginning and its end: ${name}, ${tokens} tokens`, () => {
        const short = shortenText(text, tokens, advice);
        ok(short.shortened);
        ok(textTokens(short.text) <= tokens + 30, `${textTokens(short.text)} tokens`);
        ok(textTokens(short.text) >= tokens * 0.6, `${textTokens(short.text)} tokens`);
        const [head = '', tail = ''] = short.text.split(
          /\n\[[\d,]+ of [\d,]+ characters are left out here\. Ask for less\.\]\n/,
        );
        ok(head !== '' && text.startsWith(head) && text.endsWith(tail) && tail !== '');
        ok(encodeURIComponent(head + tail) !== '', 'no character is cut in two');
        const [, missing, all] = /\[([\d,]+) of ([\d,]+) char/.exec(short.text) ?? [];
        equal(all?.replaceAll(',', ''), String(text.length));
        // Line breaks at the cuts are neither here nor there.
        ok(Math.abs(Number(missing?.replaceAll(',', '')) - (text.length - head.length - tail.length)) <= 2);
      });
    }
  }

  it('is cut between lines where it has any', () => {
    const { text } = shortenText(
      Array.from({ length: 5000 }, (_, at) => `line ${at}`).join('\n'),
      300,
      advice,
    );
    for (const line of text.split('\n')) match(line, /^(line \d+|\[.*\])$/);
  });

  it('is left as it is if it fits', () => {
    for (const text of ['', 'short', 'x'.repeat(400), '窗'.repeat(100)])
      equal(shortenText(text, 100, advice).text, text);
    ok(shortenText('窗'.repeat(101), 100, advice).shortened);
    ok(shortenText('x'.repeat(401), 100, advice).shortened);
  });
});
