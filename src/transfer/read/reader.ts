import { createHash } from 'node:crypto';
import {
  isFields,
  resources,
  type Fields,
  type ImportItem,
  type ImportReader,
  type Kind,
  type Problem,
} from '../objects';
import type { Archive, ArchiveFile, LocalFile } from './archives';
import { assetsOf, conversationItems } from './chatgpt';
import { classify, itemsOf, type Classified } from './classify';
import { JsonElements, type Element } from './jsonElements';
import { readLimits } from './limits';

/** Where an object is: in a file, from a byte to another; `at`: its place in the list that is there. */
interface Place {
  file: LocalFile;
  start: number;
  end: number;
  hint: string;
  at?: number;
  createdAt?: number;
}

/** The places of what belongs to a thread. */
interface ThreadPlaces {
  thread?: Place;
  runs: Place[];
  messages: Place[];
  steps: Place[];
}

const inThread = { 'thread.run': 'runs', 'thread.message': 'messages', 'thread.run.step': 'steps' } as const;

/**
 * Reads an import in two passes: the first finds the objects and where they are, the second reads them thread by
 * thread. Only the places are kept in memory.
 */
export async function readArchive(archive: Archive, signal?: AbortSignal): Promise<ImportReader> {
  const index = new Index(archive, signal);
  await index.build();
  return { source: index.source, total: index.total, items: () => index.items() };
}

class Index {
  source = 'file';
  total = 0;
  readonly #problems: Problem[];
  readonly #places: Partial<Record<Kind, Place[]>> = {};
  readonly #threads = new Map<string, ThreadPlaces>();
  readonly #conversations: Place[] = [];
  readonly #contents = new Map<string, ArchiveFile>();
  #list: { file: LocalFile; start: number; items: unknown[] } | undefined;
  #count = 0;
  #hasSource = false;

  constructor(
    private readonly archive: Archive,
    private readonly signal?: AbortSignal,
  ) {
    this.#problems = [...archive.problems];
  }

  async build(): Promise<void> {
    for (const file of this.archive.files) {
      const [, id] = /(?:^|\/)files\/([^/]+)\/[^/]+$/.exec(file.name) ?? [];
      if (id !== undefined) this.#contents.set(id, file);
      // A single file was chosen, whatever its name.
      else if (isJson(file.name) || this.archive.files.length === 1) await this.#file(file);
    }
    const { length } = this.#conversations;
    this.total =
      length + this.#threads.size + (this.#places.file?.length ?? 0) + (this.#places.assistant?.length ?? 0);
  }

  async *items(): AsyncGenerator<ImportItem> {
    for (const problem of this.#problems) yield { type: 'problem', problem };
    // Assistants and vector stores refer to files.
    for (const place of this.#places.file ?? []) yield* this.#fileItems(place);
    for (const kind of ['vector_store', 'vector_store.file', 'assistant'] as const) {
      const places = this.#places[kind] ?? [];
      if (places.length > 0)
        yield { type: 'objects', label: resources[kind], objects: this.#objects(places) };
    }
    for (const { id, places } of this.#threadsInOrder())
      yield { type: 'objects', label: id, objects: this.#threadObjects(id, places) };
    const assets = assetsOf(this.archive.files);
    for (const place of this.#conversations) {
      const read = await this.#read(place);
      if (read?.kind === 'conversation') yield* conversationItems(read.object, assets);
    }
  }

  async #file(file: ArchiveFile): Promise<void> {
    let local: LocalFile;
    try {
      local = await this.archive.local(file);
    } catch (error) {
      // Of the disk: not about this file alone.
      if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
      const reason = { text: (error as Error).message };
      this.#problems.push({ object: file.name.slice(0, 200), id: null, reason });
      return;
    }
    const name = (file.name.split('/').at(-1) ?? '').replace(/\.[a-z]+$/i, '');
    const elements = new JsonElements();
    let count = 0;
    const take = (element: Element): void => {
      count++;
      this.#element(local, element, element.key === undefined || element.key === 'data' ? name : element.key);
    };
    for await (const chunk of local.stream()) {
      this.signal?.throwIfAborted();
      elements.add(chunk).forEach(take);
    }
    elements.end().forEach(take);
    if (elements.isOpen || elements.hasGarbage || (count === 0 && file.bytes > 0 && !elements.hasList))
      this.#problems.push({ object: file.name.slice(0, 200), id: null, reason: 'notJson' });
  }

  #element(file: LocalFile, { start, end, text, error }: Element, hint: string): void {
    if (++this.#count > readLimits.objects)
      throw new Error(`The import has more than ${readLimits.objects} objects.`);
    const place: Place = { file, start, end, hint };
    if (text === undefined) {
      this.#problems.push({ object: hint, id: null, reason: error ?? 'tooLarge' });
      return;
    }
    const value = parse(text);
    if (value === undefined) {
      this.#problems.push({ object: hint, id: null, reason: 'notJson' });
      return;
    }
    this.#nameSource(text);
    this.#classified(classify(value, hint), place);
  }

  /** The objects of the same file are from the same place, whatever its name is now. */
  #nameSource(text: string): void {
    if (this.#hasSource) return;
    this.#hasSource = true;
    this.source = `file:${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  }

  #classified(found: Classified, place: Place): void {
    switch (found.kind) {
      case 'manifest':
        return;
      case 'conversation':
        this.#conversations.push(place);
        // A later export has other conversations first; ids are distinct within all of them.
        this.source = 'chatgpt';
        return;
      case 'list':
        // A list of lists would be one of our own making.
        if (place.at !== undefined) return;
        found.items.forEach((item, at) => this.#classified(classify(item, place.hint), { ...place, at }));
        return;
      case 'unknown':
        this.#problems.push({ object: found.name, id: found.id, reason: 'unknownKind' });
        return;
      case 'thread': {
        const { id } = found.object;
        if (typeof id === 'string') this.#threadOf(id).thread ??= { ...place, createdAt: found.createdAt };
        else this.#problems.push({ object: 'thread', id: null, reason: 'unknownKind' });
        return;
      }
      case 'thread.run':
      case 'thread.message':
      case 'thread.run.step': {
        const { threadId, createdAt } = found;
        const { id } = found.object;
        if (threadId === undefined) {
          this.#problems.push({
            object: found.kind,
            id: typeof id === 'string' ? id : null,
            reason: 'noThread',
          });
          return;
        }
        this.#threadOf(threadId)[inThread[found.kind]].push({ ...place, createdAt });
        return;
      }
      default:
        (this.#places[found.kind] ??= []).push({ ...place, createdAt: found.createdAt });
    }
  }

  #threadOf(id: string): ThreadPlaces {
    let places = this.#threads.get(id);
    if (!places) this.#threads.set(id, (places = { runs: [], messages: [], steps: [] }));
    return places;
  }

  /** Oldest first, so that branches follow what they were forked from. */
  #threadsInOrder(): { id: string; places: ThreadPlaces }[] {
    const timeOf = ({ thread, messages }: ThreadPlaces): number =>
      thread?.createdAt ?? messages[0]?.createdAt ?? Number.MAX_SAFE_INTEGER;
    const threads = [...this.#threads].map(([id, places]) => ({ id, places, time: timeOf(places) }));
    return threads.sort((one, other) => one.time - other.time);
  }

  async *#threadObjects(id: string, { thread, runs, messages, steps }: ThreadPlaces): AsyncGenerator<Fields> {
    const ordered = oldestFirst(messages);
    const times = ordered.flatMap(({ createdAt }) => createdAt ?? []);
    const created_at = times.length > 0 ? Math.min(...times.slice(0, 1000)) : undefined;
    const read = thread && (await this.#read(thread));
    const object = read?.kind === 'thread' ? read.object : { object: 'thread', id, metadata: {} };
    const embedded = embeddedIn(object, id);
    const first = embedded.messages.flatMap(
      (message) => (message['created_at'] as number | undefined) ?? [],
    )[0];
    yield { created_at: created_at ?? first, ...withoutEmbedded(object) };
    yield* embedded.runs;
    yield* this.#objects(oldestFirst(runs));
    yield* embedded.messages;
    yield* this.#objects(ordered);
    yield* embedded.steps;
    yield* this.#objects(oldestFirst(steps));
  }

  async *#objects(places: readonly Place[]): AsyncGenerator<Fields> {
    for (const place of places) {
      const read = await this.#read(place);
      if (read && 'object' in read) yield read.object;
    }
  }

  async *#fileItems(place: Place): AsyncGenerator<ImportItem> {
    const read = await this.#read(place);
    if (read?.kind !== 'file') return;
    const { object } = read;
    const content = this.#contentOf(object);
    if (!content) yield { type: 'file', object, reason: 'noContent' };
    else if (content.bytes > readLimits.fileBytes) yield { type: 'file', object, reason: 'tooLarge' };
    else yield { type: 'file', object, open: () => content.open() };
  }

  /** The content of a file: of our export, or one that lies beside the dump and has its name. */
  #contentOf({ id, filename }: Fields): ArchiveFile | undefined {
    if (typeof id === 'string') {
      const own = this.#contents.get(id);
      if (own) return own;
    }
    return this.archive.files.find(({ name }) => {
      const last = name.split('/').at(-1) ?? '';
      return (typeof id === 'string' && last.startsWith(id)) || last === filename;
    });
  }

  async #read({ file, start, end, hint, at }: Place): Promise<Classified | undefined> {
    this.signal?.throwIfAborted();
    // The items of a list are read one after the other: it is parsed once.
    if (at === undefined) return classify(parse(await file.read(start, end)), hint);
    if (this.#list?.file !== file || this.#list.start !== start) {
      const found = classify(parse(await file.read(start, end)), hint);
      this.#list = { file, start, items: found.kind === 'list' ? found.items : [] };
    }
    return classify(this.#list.items[at], hint);
  }
}

function isJson(name: string): boolean {
  // macOS puts a `._name` beside each file of a zip file.
  if (/(^|\/)\._[^/]*$/.test(name)) return false;
  return /\.(json|jsonl|ndjson)$/i.test(name) || !/\.[^/]*$/.test(name);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In the order of their creation. Lists of the API have the newest first, unless one asks for another order. */
function oldestFirst(places: readonly Place[]): readonly Place[] {
  let rising = 0;
  for (let at = 1; at < places.length; at++) {
    const [one, next] = [places[at - 1]?.createdAt, places[at]?.createdAt];
    if (one !== undefined && next !== undefined) rising += Math.sign(next - one);
  }
  const ordered = rising < 0 ? [...places].reverse() : [...places];
  if (ordered.some(({ createdAt }) => createdAt === undefined)) return ordered;
  return ordered.sort((one, other) => (one.createdAt ?? 0) - (other.createdAt ?? 0));
}

/** The objects that some dumps have within their threads. */
function embeddedIn(thread: Fields, threadId: string) {
  const of = (name: string, kind: Kind): Fields[] => {
    return (itemsOf(thread[name]) ?? []).flatMap((item) => {
      const found = classify(isFields(item) ? { thread_id: threadId, ...item } : item, resources[kind]);
      return found.kind === kind ? [found.object] : [];
    });
  };
  const rising = (objects: Fields[]): Fields[] => {
    const time = (at: number): number => Number(objects.at(at)?.['created_at'] ?? 0);
    return time(0) > time(-1) ? objects.reverse() : objects;
  };
  return {
    messages: rising(of('messages', 'thread.message')),
    runs: rising(of('runs', 'thread.run')),
    steps: rising([...of('run_steps', 'thread.run.step'), ...of('steps', 'thread.run.step')]),
  };
}

function withoutEmbedded(thread: Fields): Fields {
  const lists = ['messages', 'runs', 'run_steps', 'steps'];
  return Object.fromEntries(Object.entries(thread).filter(([name]) => !lists.includes(name)));
}
