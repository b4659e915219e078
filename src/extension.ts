import { existsSync } from 'node:fs';
import path from 'node:path';
import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { createBackend } from './client/backend';
import { commandIds } from './client/commands';
import { embeddedServiceId } from './client/service/activeService';
import { FolderSync } from './client/files/folderSync';
import { registerCommands } from './commands/register';
import { LastEditor } from './documents/code/lastEditor';
import { Proposals } from './documents/code/proposals';
import { AssistantObjects } from './documents/assistantObjects';
import { AssistantDocuments } from './documents/documents';
import { AssistantFiles } from './documents/files';
import { FunctionsEditor } from './documents/functions';
import { InstructionsEditor } from './documents/instructions';
import { Reports } from './documents/reports';
import { ResponseSchemaEditor } from './documents/responseSchema';
import { FunctionCalls } from './functions/functionCalls';
import { AllowedTools } from './functions/tools/allowedTools';
import { EditorTools } from './functions/tools/editorTools';
import { WorkspaceFunctions } from './functions/tools/workspaceFunctions';
import { createExports } from './exports';
import type { AssistantsStudioExports } from './extensionApi';
import { registerAgentTools } from './languageModel/agentTools';
import { McpServer } from './languageModel/mcpServer';
import { createViews } from './views/createViews';
import { AssistantForms, formScheme } from './views/form/assistantForms';
import { CommandContext } from './views/status/commandContext';

/** What `activate` returns to other extensions. */
export interface AssistantsStudio extends AssistantsStudioExports {
  /** The official client, over the same assistants. */
  readonly client: OpenAI;
  /** The open forms of assistants, for the extension's own tests. */
  readonly forms: AssistantForms;
}

/** Closes the window's engine. VS Code passes nothing to `deactivate` that could hold it. */
let close: (() => Promise<void>) | undefined;

export function activate(context: vscode.ExtensionContext): AssistantsStudio {
  const { globalState, workspaceState, subscriptions } = context;
  const backend = createBackend(context);
  const { services, engine, server, allData } = backend;
  const { client, service, monitor, reporter } = services;
  const dataDir = context.globalStorageUri.fsPath;

  const allowedTools = new AllowedTools(
    workspaceState,
    undefined,
    () => service.server?.baseUrl ?? embeddedServiceId,
  );
  const workspaceFunctions = new WorkspaceFunctions();
  const handlers = [workspaceFunctions, new EditorTools(allowedTools)];
  const calls = new FunctionCalls({ monitor, reporter, state: globalState, handlers });
  const sync = new FolderSync({
    client,
    service,
    state: globalState,
    lockFolder: dataDir,
    report: reporter.log,
  });
  const views = createViews(context, backend, calls, sync);
  const documents = new AssistantDocuments(services);
  const files = new AssistantFiles(client);
  const instructions = new InstructionsEditor(client, services.changes);
  const functionsEditor = new FunctionsEditor(client, services.changes);
  const reports = new Reports();
  const responseSchema = new ResponseSchemaEditor(client, services.changes);
  const forms = new AssistantForms(services, views.chats, context.extensionUri, {
    pickModel: async (title, current) =>
      (await import('./commands/ask/modelPicker')).pickModel(services, { title }, current),
  });
  subscriptions.push(responseSchema, forms, new AssistantObjects(formScheme, client));
  const lastEditor = new LastEditor();
  const proposals = new Proposals();
  subscriptions.push(lastEditor, proposals, reports);
  subscriptions.push(workspaceFunctions, calls, sync, documents, files, instructions, functionsEditor);

  const copies = path.join(dataDir, 'viewed');
  const loadCommands = async () => {
    const [{ allCommands }, { Citations }, { SystemViewer }] = await Promise.all([
      import('./commands/all'),
      import('./documents/citations'),
      import('./documents/systemViewer'),
    ]);
    const viewer = new SystemViewer(client, copies);
    return allCommands({
      ...views,
      services,
      calls,
      citations: new Citations(services, viewer),
      viewer,
      sync,
      documents,
      lastEditor,
      proposals,
      files,
      forms,
      instructions,
      reports,
      functionsEditor,
      responseSchema,
      allowedTools,
      workspaceFunctions,
      server,
      allData,
      dataDir,
    });
  };
  subscriptions.push(registerCommands(commandIds(context.extension), loadCommands, reporter));

  subscriptions.push(
    registerAgentTools({ services, engine: engine.fetch }),
    new McpServer({ services, engine: server.fetch, extension: context.extension }),
  );

  const { chats } = views;
  const commandContext = new CommandContext(services, { chats, calls, proposals, allowedTools, sync });
  subscriptions.push(commandContext);

  // After VS Code's start, which loading the engine would delay.
  const resuming = setImmediate(() => {
    backend.resume(() => commandContext.readLists());
    if (existsSync(copies)) deleteOld(copies).catch(reporter.log);
    views.gettingStarted.openOnce(() => views.chats.reveal()).catch(reporter.log);
  });
  subscriptions.push(new vscode.Disposable(() => clearImmediate(resuming)));
  close = () => backend.close();
  return { client, forms, ...createExports(services) };
}

export async function deactivate(): Promise<void> {
  await close?.();
}

/** Deletes old copies of files that other programs were to show. */
async function deleteOld(copies: string): Promise<void> {
  const { deleteOldCopies } = await import('./documents/systemViewer');
  await deleteOldCopies(copies);
}
