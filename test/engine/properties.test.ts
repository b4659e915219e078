import assert from 'node:assert/strict';
import fc from 'fast-check';
import type OpenAI from 'openai';
import { NotFoundError } from 'openai';
import type { Message } from 'openai/resources/beta/threads/messages';
import { openEngine } from './support';

/** What the engine should hold: the messages of one thread, oldest first. */
interface Model {
  messages: Message[];
}

interface Real {
  client: OpenAI;
  threadId: string;
}

type Command = fc.AsyncCommand<Model, Real, true>;

/** Picks an item by any number; undefined if the list is empty. */
function pick<T>(items: readonly T[], at: number): T | undefined {
  return items[at % Math.max(items.length, 1)];
}

class Add implements Command {
  constructor(
    readonly content: string,
    readonly role: 'user' | 'assistant',
    readonly metadata: Record<string, string>,
  ) {}
  check = () => Promise.resolve(true);
  async run(model: Model, { client, threadId }: Real): Promise<void> {
    const { content, role, metadata } = this;
    const message = await client.beta.threads.messages.create(threadId, { role, content, metadata });
    assert.deepEqual([message.role, message.metadata], [role, metadata]);
    assert.deepEqual(message.content, [{ type: 'text', text: { value: content, annotations: [] } }]);
    model.messages.push(message);
  }
  toString = () => `add ${this.role}`;
}

class Change implements Command {
  constructor(
    readonly at: number,
    readonly metadata: Record<string, string>,
  ) {}
  check = (model: Model) => Promise.resolve(model.messages.length > 0);
  async run(model: Model, { client, threadId }: Real): Promise<void> {
    const index = this.at % model.messages.length;
    const old = model.messages[index] as Message;
    const changed = await client.beta.threads.messages.update(old.id, {
      thread_id: threadId,
      metadata: this.metadata,
    });
    assert.deepEqual(changed, { ...old, metadata: this.metadata });
    model.messages[index] = changed;
  }
  toString = () => `change ${this.at}`;
}

class Delete implements Command {
  constructor(readonly at: number) {}
  check = (model: Model) => Promise.resolve(model.messages.length > 0);
  async run(model: Model, { client, threadId }: Real): Promise<void> {
    const [{ id }] = model.messages.splice(this.at % model.messages.length, 1) as [Message];
    await client.beta.threads.messages.delete(id, { thread_id: threadId });
    await assert.rejects(client.beta.threads.messages.retrieve(id, { thread_id: threadId }), NotFoundError);
  }
  toString = () => `delete ${this.at}`;
}

class List implements Command {
  constructor(
    readonly limit: number,
    readonly order: 'asc' | 'desc',
    readonly after: number | null,
    readonly before: number | null,
  ) {}
  check = () => Promise.resolve(true);
  async run(model: Model, { client, threadId }: Real): Promise<void> {
    const { limit, order } = this;
    const inOrder = order === 'asc' ? model.messages : model.messages.toReversed();
    const after = this.after === null ? undefined : pick(inOrder, this.after)?.id;
    const before = this.before === null ? undefined : pick(inOrder, this.before)?.id;
    const from = after === undefined ? 0 : inOrder.findIndex((m) => m.id === after) + 1;
    const to = before === undefined ? inOrder.length : inOrder.findIndex((m) => m.id === before);
    const range = inOrder.slice(from, Math.max(from, to));
    // `before` alone asks for the page that ends there.
    const expected =
      before !== undefined && after === undefined ? range.slice(-limit) : range.slice(0, limit);
    const page = await client.beta.threads.messages.list(threadId, { limit, order, after, before });
    assert.deepEqual(page.data, expected);
    assert.equal(page.has_more, range.length > limit);
  }
  toString = () => `list ${this.limit} ${this.order} ${this.after} ${this.before}`;
}

const metadata = fc.dictionary(fc.string({ minLength: 1, maxLength: 64 }), fc.string({ maxLength: 512 }), {
  maxKeys: 16,
  noNullPrototype: true,
});
const content = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
  .filter((text) => text.trim() !== '');
const position = fc.nat({ max: 1000 });

describe('any sequence of operations on a thread', () => {
  it('leaves the messages, their order and their pages as a list in memory has them', async function () {
    this.timeout(60_000);
    const { client } = openEngine();
    const commands = fc.commands<Model, Real, true>(
      [
        fc
          .tuple(content, fc.constantFrom('user', 'assistant'), metadata)
          .map(([c, r, m]) => new Add(c, r, m)),
        fc.tuple(position, metadata).map(([at, m]) => new Change(at, m)),
        position.map((at) => new Delete(at)),
        fc
          .tuple(
            fc.integer({ min: 1, max: 100 }),
            fc.constantFrom('asc', 'desc'),
            fc.option(position),
            fc.option(position),
          )
          .map(([limit, order, after, before]) => new List(limit, order, after, before)),
      ],
      { size: '+1' },
    );
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const { id } = await client.beta.threads.create();
        await fc.asyncModelRun(() => ({ model: { messages: [] }, real: { client, threadId: id } }), sequence);
      }),
      { numRuns: 60 },
    );
  });
});
