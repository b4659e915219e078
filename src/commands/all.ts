import type { CommandId } from '../client/commands';
import type { AllDataParts } from '../client/engine/allData';
import type { FolderSync } from '../client/files/folderSync';
import type { LocalServer } from '../client/engine/localServer';
import type { Services } from '../client/services';
import type { Citations } from '../documents/citations';
import type { SystemViewer } from '../documents/systemViewer';
import type { AssistantDocuments } from '../documents/documents';
import type { AssistantFiles } from '../documents/files';
import type { Reports } from '../documents/reports';
import type { FunctionCalls } from '../functions/functionCalls';
import type { AllowedTools } from '../functions/tools/allowedTools';
import type { WorkspaceFunctions } from '../functions/tools/workspaceFunctions';
import type { Chats } from '../views/chat/chats';
import type { GettingStarted } from '../views/notices/gettingStarted';
import type { FilesTree } from '../views/trees/filesTree';
import type { ThreadsTree } from '../views/trees/threadsTree';
import { allDataCommands } from './allData';
import { assistantCommands, type AssistantEditors } from './assistants';
import { branchCommands } from './threads/branches';
import { chatCommands } from './chat';
import { codeCommands, type CodeParts } from './code';
import { citationCommands } from './knowledge/citations';
import { connectionCommands } from './connections/connections';
import { copyAsCodeCommands } from './threads/copyAsCode';
import { contextCommands } from './threads/context';
import { documentCommands } from './documents';
import { backupCommands } from './transfer/backups';
import { exportCommands } from './transfer/exports';
import { serviceImportCommands } from './transfer/fromService';
import { importCommands } from './transfer/imports';
import { embeddingsCommands } from './knowledge/embeddings';
import { fileCommands } from './knowledge/files';
import { functionCallCommands } from './functions/functionCalls';
import { functionCommands } from './functions/functions';
import { gettingStartedCommands } from './gettingStarted';
import { menuVariants } from './menuVariants';
import { messageCommands } from './threads/messages';
import { modelRequestCommands } from './threads/modelRequests';
import { runCommands } from './threads/runs';
import { runStepCommands } from './threads/runSteps';
import { serverCommands } from './connections/server';
import { serviceCommands } from './connections/service';
import { threadSearchCommands } from './threads/search';
import { shelfCommands } from './threads/shelves';
import { threadCommands } from './threads/threads';
import { trashCommands } from './threads/trash';
import { usageCommands } from './usage';
import { uploadCommands } from './knowledge/uploads';
import { versionCommands } from './versions/versions';
import { vectorStoreCommands } from './knowledge/vectorStores';

/** The parts of the window that commands use. */
export interface CommandParts extends CodeParts, AssistantEditors {
  services: Services;
  calls: FunctionCalls;
  chats: Chats;
  threadsTree: ThreadsTree;
  filesTree: FilesTree;
  gettingStarted: GettingStarted;
  citations: Citations;
  viewer: SystemViewer;
  sync: FolderSync;
  documents: AssistantDocuments;
  files: AssistantFiles;
  reports: Reports;
  allowedTools: AllowedTools;
  workspaceFunctions: WorkspaceFunctions;
  server: LocalServer;
  allData: AllDataParts;
  /** The engine's data folder. */
  dataDir: string;
}

/** All commands of the extension, one line per subject. */
export function allCommands({ calls, chats, ...parts }: CommandParts) {
  const services: Services = { ...parts.services, shown: () => chats.current.selection };
  const { filesTree, citations, sync, reports } = parts;
  const { threadsTree, documents, files, server, dataDir } = parts;
  const commands = [
    ...allDataCommands(parts.allData),
    ...assistantCommands(services, chats, parts),
    ...backupCommands(parts.allData),
    ...branchCommands(services, chats),
    ...chatCommands(services, calls, chats, [threadsTree, filesTree]),
    ...citationCommands(services, citations),
    ...codeCommands(services, chats, parts),
    ...connectionCommands(services),
    ...contextCommands(chats),
    ...copyAsCodeCommands(services, chats, dataDir, server),
    ...documentCommands(services, chats, documents),
    ...embeddingsCommands(services),
    ...exportCommands(services, documents, reports),
    ...fileCommands(services, parts),
    ...functionCallCommands(services, calls),
    ...functionCommands(services, parts),
    ...gettingStartedCommands(services, chats, parts.gettingStarted),
    ...importCommands({ services, reports }),
    ...messageCommands(services, chats),
    ...modelRequestCommands(services, chats, documents),
    ...runCommands(services, chats),
    ...runStepCommands(services, chats, documents, files),
    ...serverCommands(server, services.reporter),
    ...serviceCommands(services),
    ...serviceImportCommands({ services, reports }),
    ...shelfCommands(services, threadsTree),
    ...threadCommands(services, chats, threadsTree),
    ...threadSearchCommands(services, chats),
    ...trashCommands(services, chats, threadsTree),
    ...uploadCommands(services, chats, sync),
    ...usageCommands(services),
    ...versionCommands(services),
    ...vectorStoreCommands(services, citations, sync),
  ];
  return [...commands, ...menuVariants(commands)];
}

type Registered = ReturnType<typeof allCommands>[number]['id'];

/** Does not compile while a command of package.json is missing above; the error names it. */
export type MissingCommands = None<Exclude<CommandId, Registered>>;

type None<Missing extends never> = Missing;
