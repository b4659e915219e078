import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assertHarmless, attacks, fragments, frameBounds } from './hostile';
import { growing, message, question, threadId } from './samples';
import { freshPanel, show } from './suite';

describe('a hostile message', () => {
  const panel = freshPanel();

  const frame = async () => {
    await show(panel(), [message('a', 'Hello')]);
    return frameBounds(panel());
  };

  for (const [what, text] of Object.entries(attacks)) {
    it(`does no harm by ${what}`, async () => {
      const places = await frame();
      await show(panel(), [message('a', text), question('b', text), growing('c')]);
      const size = Math.ceil(text.length / 3);
      for (let start = 0; start < text.length; start += size) {
        const piece = text.slice(start, start + size);
        await panel().receive({ type: 'delta', threadId, messageId: 'c', contentIndex: 0, text: piece });
        await assertHarmless(panel(), places);
      }
    });
  }

  it('does no harm by random combinations of fragments of attacks', async () => {
    const places = await frame();
    const text = fc.array(fc.constantFrom(...fragments), { minLength: 1, maxLength: 30 });
    const texts = fc.array(
      text.map((all) => all.join('')),
      { minLength: 1, maxLength: 12 },
    );
    const check = fc.asyncProperty(texts, async (list) => {
      const messages = list.map((value, index) => {
        return index % 3 === 0 ? question(`m${index}`, value) : message(`m${index}`, value);
      });
      // A last message of the user would be followed by an offer to answer it, which takes room.
      await show(panel(), [...messages, message('end', 'x')]);
      await assertHarmless(panel(), places);
      assert.deepEqual(await panel().unwantedEvents(), { errors: [], violations: [], foreignRequests: [] });
    });
    await fc.assert(check, { numRuns: 30 });
  });
});
