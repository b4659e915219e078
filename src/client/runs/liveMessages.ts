import type { Message, MessageDelta } from 'openai/resources/beta/threads/messages';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';

/** The messages that a run is writing, with their content so far. */
export class LiveMessages {
  private readonly messages = new Map<string, Message>();

  /** Applies an event of the run's stream. */
  apply(event: AssistantStreamEvent): void {
    switch (event.event) {
      case 'thread.message.created':
        this.messages.set(event.data.id, structuredClone(event.data));
        break;
      case 'thread.message.delta':
        appendDelta(this.messages.get(event.data.id), event.data.delta);
        break;
      case 'thread.message.completed':
      case 'thread.message.incomplete':
        this.messages.delete(event.data.id);
        break;
    }
  }

  get(messageId: string): Message | undefined {
    return this.messages.get(messageId);
  }

  /** A page of messages, in which those in progress have their current content. */
  refresh(page: readonly Message[]): Message[] {
    return page.map((message) => this.messages.get(message.id) ?? message);
  }
}

function appendDelta(message: Message | undefined, delta: MessageDelta): void {
  if (!message) return;
  for (const part of delta.content ?? []) {
    if (part.type === 'image_file' && part.index === message.content.length) {
      message.content.push({ type: 'image_file', image_file: { file_id: part.image_file?.file_id ?? '' } });
    }
    if (part.type !== 'text') continue;
    const current = message.content[part.index];
    if (current?.type === 'text') current.text.value += part.text?.value ?? '';
    else {
      message.content[part.index] = {
        type: 'text',
        text: { value: part.text?.value ?? '', annotations: [] },
      };
    }
  }
}
