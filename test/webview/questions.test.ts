import assert from 'node:assert/strict';
import { isNumber, isObjectOf, isString } from '../../src/protocol/guards';
import {
  answerQuestion,
  Asker,
  type Answer,
  type Ask,
  type QuestionHandlers,
} from '../../src/protocol/questions';
import { citing, message, question, threadId } from './samples';
import { freshPanel, show } from './suite';

const questions = {
  length: { params: isObjectOf({ text: isString }), result: isNumber },
};
type Handlers = QuestionHandlers<typeof questions>;

const length: Handlers['length'] = ({ text }) => Promise.resolve(text.length);

/** Two sides of a border that only copies cross, as JSON. */
function connected(handlers: Handlers = { length }) {
  const crossed: (Ask | Answer)[] = [];
  const asker = new Asker(questions, (ask) => {
    crossed.push(ask);
    void answerQuestion(questions, handlers, copy(ask), (error) => (error as Error).message).then(
      (answer) => {
        crossed.push(answer);
        asker.receive(copy(answer));
      },
    );
  });
  return { asker, crossed };
}

/** One side, whose questions nobody answers by himself. */
function unanswered() {
  const asked: Ask[] = [];
  const asker = new Asker(questions, (ask) => {
    asked.push(ask);
    return undefined;
  });
  return { asked, asker };
}

describe('a question to the other side', () => {
  it('is answered with the result of its handler', async () => {
    const { asker } = connected();
    const lengths = [asker.ask('length', { text: 'ab' }), asker.ask('length', { text: 'abc' })];
    assert.deepEqual(await Promise.all(lengths), [2, 3]);
  });

  it('is rejected with the reason of a handler that fails', async () => {
    const { asker } = connected({ length: () => Promise.reject(new Error('Too long to count.')) });
    await assert.rejects(asker.ask('length', { text: '' }), { message: 'Too long to count.' });
  });

  it('is rejected when its answer is malformed', async () => {
    const { asker } = connected({ length: () => Promise.resolve('two' as unknown as number) });
    await assert.rejects(asker.ask('length', { text: 'ab' }), { message: 'Malformed answer: length' });
  });

  it('is rejected when it was not delivered', async () => {
    for (const delivery of [Promise.resolve(false), Promise.reject(new Error('gone'))]) {
      const asker = new Asker(questions, () => delivery);
      await assert.rejects(asker.ask('length', { text: 'ab' }), {
        message: 'The question was not delivered.',
      });
    }
  });

  it('is answered with an error even if its guard, or the description of the error, throws', async () => {
    const broken = {
      length: {
        ...questions.length,
        params: (value: unknown): value is { text: string } => {
          throw value;
        },
      },
    };
    const describe = (): string => {
      throw new Error('cannot be described');
    };
    const ask: Ask = { type: 'ask', id: 'x', name: 'length', params: { text: 'ab' } };
    const answer = await answerQuestion(broken, { length: () => Promise.resolve(2) }, ask, describe);
    assert.deepEqual(answer, { type: 'answer', id: 'x', error: 'Unknown error' });
  });

  it('does not reach its handler when it is malformed', async () => {
    let calls = 0;
    const { asker } = connected({
      length: () => {
        calls += 1;
        return Promise.resolve(0);
      },
    });
    const params = { text: 7 } as unknown as { text: string };
    await assert.rejects(asker.ask('length', params), { message: 'Malformed question: length' });
    assert.equal(calls, 0);
  });

  it('that is unknown is answered with an error, even by a name that every object has', async () => {
    for (const name of ['width', 'toString', '__proto__']) {
      const answer = await answerQuestion(questions, { length }, { type: 'ask', id: 'a', name, params: {} });
      assert.deepEqual(answer, { type: 'answer', id: 'a', error: `Unknown question: ${name}` });
    }
  });

  it('is settled by the answer to it alone, and once', async () => {
    const { asked, asker } = unanswered();
    const first = asker.ask('length', { text: 'a' });
    const second = asker.ask('length', { text: 'b' });
    const [a, b] = asked.map(({ id }) => id);
    asker.receive({ type: 'answer', id: 'another', result: 7 });
    asker.receive({ type: 'answer', id: b!, result: 2 });
    asker.receive({ type: 'answer', id: b!, error: 'Late.' });
    asker.receive({ type: 'answer', id: a!, result: 1 });
    assert.deepEqual([await first, await second], [1, 2]);
  });

  it('has an id that no page before has used', async () => {
    const before = unanswered();
    const after = unanswered();
    before.asker.ask('length', { text: 'a' }).catch(() => {});
    const pending = after.asker.ask('length', { text: 'b' });
    after.asker.receive({ type: 'answer', id: before.asked[0]!.id, result: 1 });
    after.asker.receive({ type: 'answer', id: after.asked[0]!.id, result: 2 });
    assert.equal(await pending, 2);
  });

  it('is rejected when the other side is gone', async () => {
    const { asker } = unanswered();
    const pending = [asker.ask('length', { text: 'a' }), asker.ask('length', { text: 'b' })];
    asker.cancel();
    for (const one of pending) await assert.rejects(one, /canceled/);
  });

  it('is rejected when it is aborted, before and while it waits', async () => {
    const { asked, asker } = unanswered();
    const abort = new AbortController();
    const pending = asker.ask('length', { text: 'a' }, abort.signal);
    abort.abort(new Error('Not wanted.'));
    await assert.rejects(pending, /Not wanted/);
    await assert.rejects(asker.ask('length', { text: 'b' }, abort.signal), /Not wanted/);
    assert.equal(asked.length, 1);
  });

  it('is rejected when it cannot be posted', async () => {
    const asker = new Asker(questions, () => {
      throw new Error('It cannot be cloned.');
    });
    await assert.rejects(asker.ask('length', { text: 'a' }), /cannot be cloned/);
  });
});

describe('the panel', () => {
  const panel = freshPanel();
  const answer = citing(message('m_answer', 'Red【0:0†notes.txt】.'), { '【0:0†notes.txt】': 'file_notes' });

  it('answers no question that it does not know, or that is malformed', async () => {
    await panel().receive(
      { type: 'ask', id: 'a', name: 'toString', params: {} },
      { type: 'ask', id: 'b', name: 'piece', params: { uploadId: 1, offset: -1 } },
    );
    assert.deepEqual(await panel().postedOf('answer'), [
      { type: 'answer', id: 'a', error: 'Unknown question: toString' },
      { type: 'answer', id: 'b', error: 'Malformed question: piece' },
    ]);
  });

  it('shows nothing of a malformed answer, and may ask again after it', async () => {
    await show(panel(), [question('q', 'Which colour?'), answer]);
    await panel().answer('citations', [{ file: 'file_notes' }] as never);
    await panel().page.getByRole('button', { name: 'Citation 1: notes.txt', exact: true }).waitFor();
    await panel().receive({ type: 'messages', threadId, messages: [], hasMore: false });
    await show(panel(), [question('q', 'Which colour?'), answer]);
    await panel().waitForQuestion('citations', 2);
    await panel().answer('citations', [{ fileId: 'file_notes', fileName: 'notes.txt', line: 7 }]);
    await panel().page.getByRole('button', { name: 'Citation 1: notes.txt, line 7' }).waitFor();
  });

  it('drops an answer that comes when another thread is shown', async () => {
    await show(panel(), [question('q', 'Which colour?'), answer]);
    const { id } = await panel().waitForQuestion('citations');
    await panel().receive({ type: 'messages', threadId: 'thread_other', messages: [answer], hasMore: false });
    await panel().receive({ type: 'answer', id, result: [{ fileId: 'file_notes', line: 7 }] });
    await panel().page.getByRole('button', { name: 'Citation 1: notes.txt', exact: true }).waitFor();
  });
});

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
