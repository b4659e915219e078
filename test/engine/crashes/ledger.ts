import assert from 'node:assert/strict';
import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Thread } from 'openai/resources/beta/threads/threads';
import type { FileObject } from 'openai/resources/files';

const terminal = new Set(['completed', 'failed', 'cancelled', 'expired', 'incomplete']);

export function hasEnded(run: Run): boolean {
  return terminal.has(run.status);
}

/** Records what the engines acknowledged, to compare it with their data after a crash. */
export class Ledger {
  readonly assistants = new Map<string, Assistant>();
  readonly threads = new Map<string, Thread>();
  readonly messages = new Map<string, Message>();
  readonly files = new Map<string, { file: FileObject; content: string }>();
  /** As last seen; a run that had ended must not change any more. */
  readonly runs = new Map<string, Run>();
  /** Outputs that were submitted, by run. */
  readonly outputs = new Map<string, string>();
  /** Runs whose cancellation was acknowledged. */
  readonly cancels = new Set<string>();
  #unchecked: (() => Promise<void>)[] = [];

  assistant(client: () => OpenAI, assistant: Assistant): void {
    this.assistants.set(assistant.id, assistant);
    this.#unchecked.push(async () =>
      assert.deepEqual(await client().beta.assistants.retrieve(assistant.id), assistant),
    );
  }

  thread(client: () => OpenAI, thread: Thread): void {
    this.threads.set(thread.id, thread);
    this.#unchecked.push(async () =>
      assert.deepEqual(await client().beta.threads.retrieve(thread.id), thread),
    );
  }

  message(client: () => OpenAI, message: Message): void {
    this.messages.set(message.id, message);
    this.#unchecked.push(async () => {
      const { id, thread_id } = message;
      assert.deepEqual(await client().beta.threads.messages.retrieve(id, { thread_id }), message);
    });
  }

  file(client: () => OpenAI, file: FileObject, content: string): void {
    this.files.set(file.id, { file, content });
    this.#unchecked.push(async () => {
      assert.deepEqual(await client().files.retrieve(file.id), file);
      assert.equal(await (await client().files.content(file.id)).text(), content);
    });
  }

  run(client: () => OpenAI, run: Run): void {
    this.runs.set(run.id, run);
    this.#unchecked.push(() => this.seen(client(), run.id).then(() => undefined));
  }

  output(client: () => OpenAI, run: Run, output: string): void {
    assert.ok(!this.outputs.has(run.id), `two outputs of ${run.id} were taken`);
    this.outputs.set(run.id, output);
    this.#unchecked.push(() => this.#checkOutput(client(), run.id));
  }

  cancel(client: () => OpenAI, run: Run): void {
    this.cancels.add(run.id);
    this.#unchecked.push(async () => {
      const { status } = await this.seen(client(), run.id);
      assert.ok(
        status === 'cancelling' || status === 'cancelled',
        `${run.id} was cancelled and is ${status}`,
      );
    });
  }

  async #checkOutput(client: OpenAI, id: string): Promise<void> {
    const { thread_id } = this.runs.get(id) as Run;
    const steps = await client.beta.threads.runs.steps.list(id, { thread_id });
    const output = this.outputs.get(id) ?? '';
    assert.ok(JSON.stringify(steps.data).includes(`"${output}"`), `the output of ${id} is gone`);
  }

  /** Retrieves a run; asserts that one that had ended is unchanged. */
  async seen(client: OpenAI, id: string): Promise<Run> {
    const before = this.runs.get(id) as Run;
    const now = await client.beta.threads.runs.retrieve(id, { thread_id: before.thread_id });
    if (hasEnded(before)) assert.deepEqual(now, before);
    this.runs.set(id, now);
    return now;
  }

  /** Asserts that everything acknowledged since the last check is there. */
  async checkNew(): Promise<number> {
    const checks = this.#unchecked.splice(0);
    for (const check of checks) await check();
    return checks.length;
  }

  /** Asserts that everything ever acknowledged is there; called once every run has ended. */
  async checkAll(client: OpenAI): Promise<void> {
    for (const assistant of this.assistants.values())
      assert.deepEqual(await client.beta.assistants.retrieve(assistant.id), assistant);
    for (const thread of this.threads.values())
      assert.deepEqual(await client.beta.threads.retrieve(thread.id), thread);
    for (const message of this.messages.values()) {
      const { id, thread_id } = message;
      assert.deepEqual(await client.beta.threads.messages.retrieve(id, { thread_id }), message);
    }
    for (const { file, content } of this.files.values())
      assert.equal(await (await client.files.content(file.id)).text(), content);
    for (const id of this.runs.keys()) await this.seen(client, id);
    for (const id of this.outputs.keys()) await this.#checkOutput(client, id);
    for (const id of this.cancels) assert.equal(this.runs.get(id)?.status, 'cancelled', id);
  }
}
