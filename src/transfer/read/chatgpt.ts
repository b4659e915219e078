/** Conversations of ChatGPT's export: trees of messages, of which one path is shown. */
import { isFields, type Fields, type ImportItem, type Problem } from '../objects';
import type { ArchiveFile } from './archives';
import { readLimits } from './limits';
import { secondsOf } from './times';

/** Files of the export, by the ids that messages name them by. */
export type Assets = ReadonlyMap<string, ArchiveFile>;

interface TreeNode {
  id: string;
  parent: string | undefined;
  children: unknown[];
  message: Fields | undefined;
}

/** A message of the tree as the API has it, without the thread. */
interface Converted {
  node: string;
  fields: Fields;
}

/** The files beside the conversations, such as `file-AbC123-picture.png` and `file_0000…-sanitized.png`. */
export function assetsOf(files: readonly ArchiveFile[]): Assets {
  const assets = new Map<string, ArchiveFile>();
  for (const file of files) {
    const [id] = /^(file-[A-Za-z0-9]+|file_[A-Za-z0-9]+)/.exec(file.name.split('/').at(-1) ?? '') ?? [];
    if (id !== undefined) assets.set(id, file);
  }
  return assets;
}

/** A conversation as threads: the shown path, and a branch for each other one. */
export function* conversationItems(conversation: Fields, assets: Assets): Generator<ImportItem> {
  const reader = new ConversationReader(conversation, assets);
  const threads = reader.threads();
  for (const id of reader.usedAssets) {
    const file = assets.get(id);
    const name = file?.name.split('/').at(-1) ?? id;
    const object = {
      object: 'file',
      id,
      created_at: reader.createdAt,
      filename: name.startsWith(`${id}-`) ? name.slice(id.length + 1) : name,
      purpose: 'vision',
    };
    if (!file) yield { type: 'file', object, reason: 'noContent' };
    else if (file.bytes > readLimits.fileBytes) yield { type: 'file', object, reason: 'tooLarge' };
    else yield { type: 'file', object, open: () => file.open() };
  }
  for (const thread of threads) yield { type: 'objects', label: reader.title, objects: thread };
  for (const problem of reader.problems) yield { type: 'problem', problem };
}

class ConversationReader {
  readonly id: string;
  readonly title: string;
  readonly createdAt: number | undefined;
  readonly problems: Problem[] = [];
  /** Ids of the pictures that messages show. */
  readonly usedAssets = new Set<string>();
  readonly #nodes = new Map<string, TreeNode>();
  readonly #converted = new Map<string, Fields | undefined>();

  constructor(
    private readonly conversation: Fields,
    private readonly assets: Assets,
  ) {
    const { id, conversation_id, title, create_time, mapping } = conversation;
    this.id =
      text(id) ??
      text(conversation_id) ??
      `conversation ${String(create_time)} ${text(title) ?? ''}`.slice(0, 200);
    this.title = text(title) ?? '';
    this.createdAt = secondsOf(create_time);
    for (const [key, node] of Object.entries(mapping as Fields)) {
      if (!isFields(node)) continue;
      const message = isFields(node['message']) ? node['message'] : undefined;
      const children = Array.isArray(node['children']) ? node['children'] : [];
      this.#nodes.set(key, { id: key, parent: text(node['parent']), children, message });
    }
  }

  /** Each with its messages, the shown one first. */
  threads(): Fields[][] {
    const shown = text(this.conversation['current_node']);
    const leaves = this.#leaves();
    const main = shown !== undefined && this.#nodes.has(shown) ? shown : leaves.at(-1);
    if (main === undefined) return [this.#thread(undefined, [])];
    const firsts = this.#firsts();
    // The node at which a path left the first one names it: the same when the path goes on, and when others are added.
    const turnOf = (path: readonly string[]): string | undefined => path.findLast((id) => !firsts.has(id));
    const mainPath = this.#path(main);
    const mainTurn = turnOf(mainPath);
    const mainThread = this.#thread(mainTurn, this.#messages(mainPath));
    const threads = [mainThread];
    const turns = new Set([mainTurn]);
    const onMain = new Set(mainPath);
    const hidden = new Set(mainPath);
    for (const leaf of leaves) {
      if (onMain.has(leaf) || !this.#showsMore(leaf, hidden)) continue;
      if (threads.length > readLimits.branches) {
        this.problems.push({ object: 'conversation', id: this.id, reason: 'tooManyBranches' });
        break;
      }
      const path = this.#path(leaf);
      const messages = this.#messages(path);
      const shared = messages.filter(({ node }) => onMain.has(node)).length;
      // What was hidden in the other path, too, is no branch.
      if (messages.length === shared) continue;
      const turn = turnOf(path);
      const name = turns.has(turn) ? leaf : turn;
      turns.add(name);
      threads.push(this.#branch(name, messages, mainThread[shared]));
    }
    // The threads of a conversation with branches name the oldest of them.
    const conversation = mainThread[0]?.['id'];
    if (threads.length > 1) threads.forEach(([thread]) => thread && (thread['conversation'] = conversation));
    return threads;
  }

  /** Whether a path has messages besides hidden ones and those of the nodes in `hidden`, which more are added to. */
  #showsMore(leaf: string, hidden: Set<string>): boolean {
    for (let id: string | undefined = leaf; id !== undefined && !hidden.has(id);) {
      const node = this.#nodes.get(id);
      if (!node) return false;
      if (this.#convert(id)) return true;
      hidden.add(id);
      id = node.parent;
    }
    return false;
  }

  /** The first child of each node, and the first root. */
  #firsts(): Set<string> {
    const firsts = new Map<string, string>();
    for (const { id, parent } of this.#nodes.values()) {
      const at = parent !== undefined && this.#nodes.has(parent) ? parent : '';
      if (!firsts.has(at)) firsts.set(at, id);
    }
    for (const { id, children } of this.#nodes.values()) {
      const first = children.find((child) => this.#nodes.get(child as string)?.parent === id);
      if (first !== undefined) firsts.set(id, first as string);
    }
    return new Set(firsts.values());
  }

  /** `turn`: the node that names its path; undefined for the first one. */
  #thread(turn: string | undefined, messages: readonly Converted[]): Fields[] {
    const idOf = (id: string): string => (turn === undefined ? id : `${id} ${turn}`.slice(-250));
    const id = idOf(this.id);
    return [
      { object: 'thread', id, created_at: this.#startOf(messages), metadata: this.#metadata() },
      ...messages.map(({ fields }) => ({ ...fields, id: idOf(String(fields['id'])), thread_id: id })),
    ];
  }

  /** `last`: the last message of the shown path that the branch has, too; the thread itself if it has none. */
  #branch(turn: string | undefined, messages: readonly Converted[], last: Fields | undefined): Fields[] {
    const [thread = {}, ...rest] = this.#thread(turn, messages);
    const isMessage = last?.['object'] === 'thread.message';
    const from = isMessage
      ? { thread_id: last['thread_id'], message_id: last['id'] }
      : { thread_id: last?.['id'], message_id: null };
    return [{ ...thread, forked_from: from }, ...rest];
  }

  #startOf(messages: readonly Converted[]): number | undefined {
    return this.createdAt ?? (messages[0]?.fields['created_at'] as number | undefined);
  }

  #metadata(): Fields {
    return this.title === '' ? {} : { title: this.title.slice(0, 512) };
  }

  /** The ends of the paths, in the order of the tree. */
  #leaves(): string[] {
    const parents = new Set([...this.#nodes.values()].map(({ parent }) => parent));
    return [...this.#nodes.keys()].filter((id) => !parents.has(id));
  }

  /** From the root to a node. */
  #path(leaf: string): string[] {
    const path: string[] = [];
    const seen = new Set<string>();
    for (let id: string | undefined = leaf; id !== undefined && !seen.has(id);) {
      seen.add(id);
      const node: TreeNode | undefined = this.#nodes.get(id);
      if (!node) break;
      path.push(id);
      id = node.parent;
    }
    return path.reverse();
  }

  #messages(path: readonly string[]): Converted[] {
    return path.flatMap((node) => {
      const fields = this.#convert(node);
      return fields ? [{ node, fields }] : [];
    });
  }

  #convert(nodeId: string): Fields | undefined {
    if (this.#converted.has(nodeId)) return this.#converted.get(nodeId);
    const fields = this.#message(nodeId, this.#nodes.get(nodeId)?.message);
    this.#converted.set(nodeId, fields);
    return fields;
  }

  #message(nodeId: string, message: Fields | undefined): Fields | undefined {
    if (!message) return undefined;
    const metadata = isFields(message['metadata']) ? message['metadata'] : {};
    if (metadata['is_visually_hidden_from_conversation'] === true) return undefined;
    const author = isFields(message['author']) ? message['author'] : {};
    const role = author['role'];
    if (role !== 'user' && role !== 'assistant' && role !== 'tool') return undefined;
    const content = this.#content(message);
    if (content.length === 0) return undefined;
    const model = text(metadata['model_slug']);
    return {
      object: 'thread.message',
      id: text(message['id']) ?? nodeId,
      created_at: secondsOf(message['create_time']) ?? undefined,
      role: role === 'user' ? 'user' : 'assistant',
      content,
      attachments: this.#attachments(metadata),
      metadata: model === undefined ? {} : { model: model.slice(0, 512) },
    };
  }

  #attachments(metadata: Fields): Fields[] {
    const listed = Array.isArray(metadata['attachments']) ? metadata['attachments'] : [];
    return listed.flatMap((attachment: unknown) => {
      const id = isFields(attachment) ? text(attachment['id']) : undefined;
      if (id === undefined || !this.assets.has(id) || this.usedAssets.has(id)) return [];
      this.usedAssets.add(id);
      return [{ file_id: id, tools: [] }];
    });
  }

  #content(message: Fields): Fields[] {
    const content = isFields(message['content']) ? message['content'] : {};
    const type = text(content['content_type']) ?? 'text';
    const asText = (value: string): Fields[] =>
      value.trim() === '' ? [] : [{ type: 'text', text: { value, annotations: [] } }];
    switch (type) {
      case 'code': {
        const { language } = content;
        const isNamed = typeof language === 'string' && language !== 'unknown';
        return asText(fenced(text(content['text']) ?? '', isNamed ? language : tongueOf(message)));
      }
      case 'execution_output':
      case 'system_error':
        return asText(fenced(text(content['text']) ?? '', 'text'));
      case 'tether_quote':
        return asText(
          [text(content['title']), text(content['text']), text(content['url'])].filter(Boolean).join('\n\n'),
        );
      case 'tether_browsing_display':
        return asText(text(content['result']) ?? '');
      // What the model was told about the user, and its thoughts, were not part of the conversation.
      case 'user_editable_context':
      case 'model_editable_context':
      case 'thoughts':
      case 'reasoning_recap':
        return [];
      default: {
        const parts = Array.isArray(content['parts'])
          ? content['parts']
          : [content['text'] ?? content['result']];
        return parts.flatMap((part: unknown) => this.#part(part, message));
      }
    }
  }

  #part(part: unknown, message: Fields): Fields[] {
    if (typeof part === 'string')
      return part.trim() === '' ? [] : [{ type: 'text', text: { value: part, annotations: [] } }];
    if (!isFields(part)) return [];
    const spoken = part['content_type'] === 'audio_transcription' ? text(part['text']) : undefined;
    if (spoken !== undefined) return this.#part(spoken, message);
    const pointer = text(part['asset_pointer']);
    const [, id] = /^(?:file-service|sediment):\/\/([A-Za-z0-9_-]+)/.exec(pointer ?? '') ?? [];
    if (part['content_type'] === 'image_asset_pointer' && id !== undefined) {
      this.usedAssets.add(id);
      return [{ type: 'image_file', image_file: { file_id: id } }];
    }
    this.problems.push({
      object: `conversation: ${text(part['content_type']) ?? 'part'}`.slice(0, 100),
      id: text(message['id']) ?? null,
      threadId: this.id,
      reason: 'partNotShown',
    });
    return [];
  }
}

/** The language of code that names none: what is sent to Python is Python. */
function tongueOf({ recipient }: Fields): string {
  return recipient === 'python' || recipient === 'all' || recipient === undefined ? 'python' : 'text';
}

function fenced(code: string, language: string): string {
  if (code.trim() === '') return '';
  const longest = Math.max(0, ...(code.match(/`{3,}/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}${language.replace(/[^a-z0-9+#-]/gi, '')}\n${code}\n${fence}`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
