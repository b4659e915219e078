import type OpenAI from 'openai';
import type { ActiveService } from './service/activeService';
import type { AssistantList } from './objects/assistantList';
import type { ChangeFeed } from './changes';
import type { Connections } from './models/connections';
import type { Conversations } from './runs/conversations';
import type { KeyStore } from './models/keys';
import type { Reporter } from './errors/reporter';
import type { RunMonitor } from './runs/runMonitor';

/** What the views and commands of a window share; created once, by `activate`. */
export interface Services {
  readonly client: OpenAI;
  /** The service that answers the client's requests. */
  readonly service: ActiveService;
  readonly changes: ChangeFeed;
  readonly connections: Connections;
  readonly keys: KeyStore;
  readonly monitor: RunMonitor;
  readonly assistants: AssistantList;
  readonly conversations: Conversations;
  readonly reporter: Reporter;
  /** The thread and the assistant of the chat used last, at which pickers start. */
  readonly shown?: () => { threadId?: string; assistantId?: string };
}
