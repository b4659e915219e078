import type { AllDataParts } from '../client/allData';
import type { FolderSync } from '../client/folderSync';
import type { LocalServer } from '../client/localServer';
import type { Services } from '../client/services';
import type { Citations } from '../documents/citations';
import type { AssistantDocuments } from '../documents/documents';
import type { AssistantFiles } from '../documents/files';
import type { FunctionsEditor } from '../documents/functions';
import type { InstructionsEditor } from '../documents/instructions';
import type { FunctionCalls } from '../functions/functionCalls';
import type { AllowedTools } from '../functions/tools/allowedTools';
import type { WorkspaceFunctions } from '../functions/tools/workspaceFunctions';
import type { Chats } from '../views/chats';
import type { FilesTree } from '../views/filesTree';
import type { ThreadsTree } from '../views/threadsTree';
import { allDataCommands } from './allData';
import { assistantCommands } from './assistants';
import { chatCommands } from './chat';
import { citationCommands } from './citations';
import type { Command } from './command';
import { connectionCommands } from './connections';
import { copyAsCodeCommands } from './copyAsCode';
import { documentCommands } from './documents';
import { embeddingsCommands } from './embeddings';
import { fileCommands } from './files';
import { functionCallCommands } from './functionCalls';
import { functionCommands } from './functions';
import { messageCommands } from './messages';
import { runCommands } from './runs';
import { runStepCommands } from './runSteps';
import { serverCommands } from './server';
import { serviceCommands } from './service';
import { threadCommands } from './threads';
import { uploadCommands } from './uploads';
import { vectorStoreCommands } from './vectorStores';

/** What the commands work with. */
export interface CommandParts {
  services: Services;
  calls: FunctionCalls;
  chats: Chats;
  threadsTree: ThreadsTree;
  filesTree: FilesTree;
  citations: Citations;
  sync: FolderSync;
  documents: AssistantDocuments;
  files: AssistantFiles;
  instructions: InstructionsEditor;
  functionsEditor: FunctionsEditor;
  allowedTools: AllowedTools;
  workspaceFunctions: WorkspaceFunctions;
  server: LocalServer;
  allData: AllDataParts;
  /** Where the engine keeps everything. */
  dataDir: string;
}

/** Every command of the extension; each subject is one line here. */
export function allCommands({ services, calls, chats, ...parts }: CommandParts): Command[] {
  const { filesTree, citations, sync } = parts;
  const { threadsTree, documents, files, instructions, functionsEditor, server, dataDir } = parts;
  return [
    ...allDataCommands(parts.allData),
    ...assistantCommands(services, chats, instructions, functionsEditor),
    ...chatCommands(services, calls, chats, [threadsTree, filesTree]),
    ...citationCommands(services, citations),
    ...connectionCommands(services),
    ...copyAsCodeCommands(services, chats, dataDir),
    ...documentCommands(services, chats, documents),
    ...embeddingsCommands(services),
    ...fileCommands(services, files, filesTree),
    ...functionCallCommands(services, calls),
    ...functionCommands(services, parts),
    ...messageCommands(services, chats),
    ...runCommands(services, chats),
    ...runStepCommands(services, chats, documents, files),
    ...serverCommands(server, services.reporter),
    ...serviceCommands(services),
    ...threadCommands(services, chats, threadsTree),
    ...uploadCommands(services, chats, sync),
    ...vectorStoreCommands(services, citations, sync),
  ];
}
