import type {
  Annotation,
  Message,
  MessageDelta,
  TextContentBlock,
} from 'openai/resources/beta/threads/messages';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { inCodePoints } from '../../text/codePoints';
import { newId, unixTime } from '../../ids';
import type { ModelSource } from '../../models/modelProvider';
import type { StepTurn } from '../../store/tables/runTables';
import { CitedText } from './citedText';
import { messageEvent, stepEvent } from '../events';
import { linksTo } from './fileLinks';
import { annotateFiles, imagesSinceLastMessage } from './generatedFiles';
import { PacedReports } from './pacedReports';
import type { StepRecorder } from './stepRecorder';
import { urlCitations } from './urlCitations';

/** How often a message in progress is stored, in milliseconds. */
const checkpointInterval = 250;

type DeltaPart = NonNullable<MessageDelta['content']>[number];

/** Writes a message of the assistant, and its step, as the model streams it. */
export class MessageWriter {
  readonly #step: RunStep;
  readonly #message: Message;
  #savedAt = performance.now();
  /** The text part that is being written. */
  #text?: CitedText;
  /** The ids of the files of hosted code that the message links to or shows, by name. */
  readonly #files = new Map<string, string>();
  readonly #reports = new PacedReports(() => this.#reportOrLeave());

  constructor(private readonly stepRecorder: StepRecorder) {
    [this.#step, this.#message] = this.#resumed() ?? this.#begun();
    const { store, tools, run } = stepRecorder;
    for (const file_id of imagesSinceLastMessage(store, tools, run.id)) {
      const index = this.#message.content.push({ type: 'image_file', image_file: { file_id } }) - 1;
      this.#delta({ index, type: 'image_file', image_file: { file_id } });
    }
  }

  text(text: string): void {
    if (!this.#text) {
      const part: TextContentBlock = { type: 'text', text: { value: '', annotations: [] } };
      this.#message.content.push(part);
      this.#text = new CitedText(part, (search, passage) => this.#citedFile(search, passage));
      this.#text.add(text);
      this.#report({ all: false, first: true });
      return;
    }
    this.#text.add(text);
    this.#reports.add(text.length);
    // Saved here and not in the callback above, where nobody would catch a RunTakenError or a full disk.
    if (performance.now() - this.#savedAt >= checkpointInterval) this.save();
  }

  refusal(text: string): void {
    this.#report();
    this.#text = undefined;
    const { content } = this.#message;
    const last = content.at(-1);
    if (last?.type === 'refusal') last.refusal += text;
    else content.push({ type: 'refusal', refusal: text });
    this.#delta({ index: content.length - 1, type: 'refusal', refusal: text });
  }

  /**
   * Removes the text written so far, which was no part of the answer, and returns it. Readers get the message
   * as new.
   */
  withdraw(): string {
    this.#report();
    const { content } = this.#message;
    const text = content.map((part) => (part.type === 'text' ? part.text.value : '')).join('\n\n');
    this.#message.content = content.filter(({ type }) => type !== 'text');
    this.#text = undefined;
    this.stepRecorder.emit({ event: 'thread.message.created', data: this.#message });
    return text;
  }

  /** Adds a file of hosted code: the text's links to it are annotated; an image without a link is shown. */
  written(name: string, fileId: string): void {
    this.#files.set(name, fileId);
    const files = Object.fromEntries(this.#files);
    this.stepRecorder.write(() => this.stepRecorder.setTurn(this.#step.id, { files }));
  }

  /** Annotates the text, which is complete, with the pages that it is based on. */
  sources(sources: readonly ModelSource[]): void {
    this.#report();
    const { content } = this.#message;
    const index = content.findLastIndex(({ type }) => type === 'text');
    const part = content[index];
    // The client's types do not have this kind of annotation.
    if (part?.type === 'text')
      this.#addAnnotations(index, part, urlCitations(part.text.value, sources) as unknown as Annotation[]);
  }

  close(made: StepTurn): void {
    // Clients expect a part, also of a message whose text was withdrawn.
    if (this.#message.content.length === 0) this.text('');
    this.#report();
    this.#showImages();
    this.#annotate();
    const { stepRecorder } = this;
    const turn = this.#files.size > 0 ? { ...made, files: Object.fromEntries(this.#files) } : made;
    let message: Message = { ...this.#message, status: 'completed', completed_at: unixTime() };
    const step = stepRecorder.complete(this.#step, made.usage, () => {
      message = this.#write(message);
      stepRecorder.setTurn(this.#step.id, turn);
    });
    stepRecorder.emit(messageEvent(message));
    stepRecorder.emit(stepEvent(step));
  }

  /** Stores the message as it is now. */
  save(): void {
    this.#report();
    this.stepRecorder.write(() => this.#write(this.#message));
    // From the end of the write, which for a long message may itself take the interval.
    this.#savedAt = performance.now();
  }

  /** Keeps the stored metadata, which a client may have changed. */
  #write(message: Message): Message {
    const { messages } = this.stepRecorder.store;
    return messages.update({
      ...message,
      metadata: messages.field(message.id, 'metadata') ?? message.metadata,
    });
  }

  get stepId(): string {
    return this.#step.id;
  }

  #begun(): [RunStep, Message] {
    const { stepRecorder } = this;
    const { run } = stepRecorder;
    const id = newId('msg');
    const step = stepRecorder.newStep({ type: 'message_creation', message_creation: { message_id: id } });
    const message: Message = {
      id,
      object: 'thread.message',
      created_at: unixTime(),
      thread_id: run.thread_id,
      status: 'in_progress',
      incomplete_details: null,
      completed_at: null,
      incomplete_at: null,
      role: 'assistant',
      content: [],
      assistant_id: run.assistant_id,
      run_id: run.id,
      attachments: [],
      metadata: {},
    };
    stepRecorder.write(() => {
      stepRecorder.insert(step);
      stepRecorder.store.messages.insert(message);
    });
    stepRecorder.announce(step);
    stepRecorder.emit({ event: 'thread.message.created', data: message });
    stepRecorder.emit(messageEvent(message));
    return [step, message];
  }

  /** A run that is resumed after its engine closed rewrites its unfinished message from the start. */
  #resumed(): [RunStep, Message] | undefined {
    const { store, run } = this.stepRecorder;
    const step = store.steps.ofRun(run.id).find((s) => s.status === 'in_progress');
    if (step?.step_details.type !== 'message_creation') return undefined;
    const message = store.messages.get(step.step_details.message_creation.message_id);
    if (!message) return undefined;
    message.content = [];
    this.stepRecorder.reasoning.opened(step.id);
    this.stepRecorder.emit({ event: 'thread.message.created', data: message });
    return [step, message];
  }

  /** Shows the images of hosted code that the text does not link to, unless the message has images already. */
  #showImages(): void {
    const { content } = this.#message;
    if (content.some(({ type }) => type === 'image_file')) return;
    const text = content.map((part) => (part.type === 'text' ? part.text.value : '')).join('\n');
    const linked = new Set(linksTo(() => this.#files, text).map(({ fileId }) => fileId));
    for (const [name, file_id] of this.#files) {
      if (!/\.(png|jpe?g|gif|webp)$/i.test(name) || linked.has(file_id)) continue;
      const index = content.push({ type: 'image_file', image_file: { file_id } }) - 1;
      this.#delta({ index, type: 'image_file', image_file: { file_id } });
    }
  }

  /** Annotates the links to files that tools have written. */
  #annotate(): void {
    const { stepRecorder } = this;
    for (const [index, part] of this.#message.content.entries()) {
      if (part.type !== 'text') continue;
      const annotations: Annotation[] = annotateFiles(
        stepRecorder.store,
        stepRecorder.run.thread_id,
        part.text.value,
      );
      this.#addAnnotations(index, part, annotations);
    }
  }

  /** `found`: annotations of the text, whose ranges are in UTF-16 units. */
  #addAnnotations(index: number, { text }: TextContentBlock, found: Annotation[]): void {
    if (found.length === 0) return;
    const annotations = inCodePoints(text.value, found);
    const before = text.annotations.length;
    text.annotations.push(...annotations);
    const added = annotations.map((annotation, at) => ({ index: before + at, ...annotation }));
    this.#delta({ index, type: 'text', text: { annotations: added } });
  }

  /** Nobody would catch an error of this callback; the next save reports the same again, and throws it. */
  #reportOrLeave(): void {
    try {
      this.#report({ all: false });
    } catch {
      this.#reports.made();
    }
  }

  /** Reports new text to the readers; an incomplete mark at its end is held back unless `all` is set. */
  #report({ all = true, first = false } = {}): void {
    this.#reports.made();
    if (!this.#text) return;
    const { value, citations } = this.#text.take({ all });
    if (value === '' && citations.length === 0 && !first) return;
    const annotations = citations.map(({ index, citation }) => ({ index, ...citation }));
    const text = annotations.length > 0 || first ? { value, annotations } : { value };
    this.#delta({ index: this.#message.content.length - 1, type: 'text', text });
  }

  /** Answers cite passages of earlier runs, too. */
  #citedFile(search: number, passage: number): string | undefined {
    const { store, run } = this.stepRecorder;
    return store.steps.citedFile(run.thread_id, search, passage);
  }

  #delta(part: DeltaPart): void {
    this.stepRecorder.emit({
      event: 'thread.message.delta',
      data: { id: this.#message.id, object: 'thread.message.delta', delta: { content: [part] } },
    });
  }
}
