import type { LocalServer } from '../client/localServer';
import type { Services } from '../client/services';
import type { AssistantDocuments } from '../documents/documents';
import type { AssistantFiles } from '../documents/files';
import type { FunctionsEditor } from '../documents/functions';
import type { InstructionsEditor } from '../documents/instructions';
import type { FunctionCalls } from '../functions/functionCalls';
import type { AllowedTools } from '../functions/tools/allowedTools';
import type { WorkspaceFunctions } from '../functions/tools/workspaceFunctions';
import type { Chats } from '../views/chats';
import type { ThreadsTree } from '../views/threadsTree';
import { assistantCommands } from './assistants';
import { chatCommands } from './chat';
import type { Command } from './command';
import { connectionCommands } from './connections';
import { copyAsCodeCommands } from './copyAsCode';
import { documentCommands } from './documents';
import { fileCommands } from './files';
import { functionCallCommands } from './functionCalls';
import { functionCommands } from './functions';
import { messageCommands } from './messages';
import { runCommands } from './runs';
import { runStepCommands } from './runSteps';
import { serverCommands } from './server';
import { serviceCommands } from './service';
import { threadCommands } from './threads';

/** What the commands work with. */
export interface CommandParts {
  services: Services;
  calls: FunctionCalls;
  chats: Chats;
  threadsTree: ThreadsTree;
  documents: AssistantDocuments;
  files: AssistantFiles;
  instructions: InstructionsEditor;
  functionsEditor: FunctionsEditor;
  allowedTools: AllowedTools;
  workspaceFunctions: WorkspaceFunctions;
  server: LocalServer;
  /** Where the engine keeps everything. */
  dataDir: string;
}

/** Every command of the extension; each subject is one line here. */
export function allCommands({ services, calls, chats, ...parts }: CommandParts): Command[] {
  const { threadsTree, documents, files, instructions, functionsEditor, server, dataDir } = parts;
  return [
    ...assistantCommands(services, chats, instructions, functionsEditor),
    ...chatCommands(services, calls, chats, threadsTree),
    ...connectionCommands(services),
    ...copyAsCodeCommands(services, chats, dataDir),
    ...documentCommands(services, chats, documents),
    ...fileCommands(services, files),
    ...functionCallCommands(services, calls),
    ...functionCommands(services, parts),
    ...messageCommands(services, chats),
    ...runCommands(services, chats),
    ...runStepCommands(services, chats, documents, files),
    ...serverCommands(server, services.reporter),
    ...serviceCommands(services),
    ...threadCommands(services, chats, threadsTree),
  ];
}
