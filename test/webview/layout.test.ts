import assert from 'node:assert/strict';
import { BlockSplitter } from '../../webview/markdown/blocks';
import { layoutCost, maxLayoutCost, piecesOf } from '../../webview/markdown/layout';
import { answerMarkdown } from '../../webview/markdown/parser';
import { isDrawable } from '../../webview/markdown/slices';

const repeated = (text: string, length: number) => text.repeat(Math.ceil(length / text.length));

/** Some sentences of a language, as a paragraph of 1,500 characters. */
const paragraphs: Record<string, string> = {
  English: repeated('The quick brown fox – “naïve” as ever – jumps over the lazy dog. ', 1_500),
  Russian: repeated('Съешь же ещё этих мягких французских булок. ', 1_500),
  Greek: repeated('Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. ', 1_500),
  Chinese: repeated('模型返回的 JSON 里有 usage 字段，表示用了多少 token。', 1_500),
  Japanese: repeated('いろはにほへと、API のレスポンスを確認します。', 1_500),
  Korean: repeated('다람쥐 헌 쳇바퀴에 타고파. ', 1_500),
  Arabic: repeated('نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر. ', 1_500),
  Hebrew: repeated('דג סקרן שט בים מאוכזב ולפתע מצא חברה. ', 1_500),
  Hindi: repeated('ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण. ', 1_500),
  Thai: repeated('เป็นมนุษย์สุดประเสริฐเลิศคุณค่า ', 1_500),
  emoji: repeated('Well done 🎉👩‍💻🚀! ', 1_500),
};

/** What takes the browser seconds to lay out, in 90 kB. */
const slow: Record<string, string> = {
  directions: 'aא',
  'direction marks': '\u200fa',
  isolates: '\u2067a\u2069',
  accents: 'a\u0301',
  'Thai without words': 'ก็',
  'changing scripts': '漢a',
};

describe('the layout of a text', () => {
  for (const [language, paragraph] of Object.entries(paragraphs)) {
    it(`takes no time that matters for a long text of ${language}`, () => {
      const text = repeated(`${paragraph}\n\n`, 24_000);
      assert.ok(isDrawable(new BlockSplitter(answerMarkdown).split(text)));
      const lines = repeated(`${paragraph.slice(0, 100)}  \n`, 12_000);
      assert.ok(isDrawable(new BlockSplitter(answerMarkdown).split(lines)));
      assert.ok(isDrawable(new BlockSplitter(answerMarkdown).split(repeated(`- ${paragraph}\n`, 24_000))));
    });
  }

  for (const [what, token] of Object.entries(slow)) {
    it(`is too slow for 90 kB of ${what}, in a paragraph, a list and a table`, () => {
      const text = repeated(token, 90_000);
      for (const source of [
        text,
        `**a** ${text}`,
        `- ${repeated(token, 45_000)}\n- ${repeated(token, 45_000)}`,
        `|a|\n|-|\n|${text}|`,
        repeated(`${repeated(token, 9_000)}\n\n`, 90_000),
      ]) {
        assert.ok(!isDrawable(new BlockSplitter(answerMarkdown).split(source)), source.slice(0, 20));
      }
    });
  }

  it('is done in pieces that are the whole text together, none of them slow', () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => 'b'.repeat(index % 120)).join('\n');
    for (const text of [
      '',
      '\n',
      'a\n\n\n',
      lines,
      ...Object.values(slow).map((one) => repeated(one, 90_000)),
    ]) {
      const pieces = piecesOf(text);
      assert.equal(pieces.join(''), text);
      for (const piece of pieces) assert.ok(layoutCost(piece) < maxLayoutCost / 5);
    }
    assert.ok(piecesOf(lines).length < 1_500);
  });
});
