import type { Assistant } from 'openai/resources/beta/assistants';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import * as z from 'zod';
import { codeFor, codeLanguages, servedModel, type CodeLanguage, type CodeTarget } from './programText';
import { offersModels } from '../../client/models/connections';
import type { LocalServer } from '../../client/engine/localServer';
import type { Services } from '../../client/services';
import { assistantName, threadTitle } from '../../client/objects/titles';
import type { Chats } from '../../views/chat/chats';
import { command } from '../command';
import { askChoice } from '../ask/inputs';
import { pickAssistant, pickThread } from '../ask/pickers';

/** The command that copies a program for an assistant or a thread to the clipboard. */
export function copyAsCodeCommands(
  services: Services,
  chats: Chats,
  dataDir: string,
  localServer: Pick<LocalServer, 'address'>,
) {
  const { client, connections, service } = services;

  /** The assistant of the thread's last run, else the chat's, else one that the user picks. */
  async function assistantOf(thread: Thread | undefined): Promise<Assistant> {
    const all = await services.assistants.all();
    const newest = thread && (await client.beta.threads.runs.list(thread.id, { limit: 1 })).data[0];
    const byId = (id: string | undefined) => all.find((assistant) => assistant.id === id);
    return (
      byId(newest?.assistant_id) ??
      byId(chats.current.selection.assistantId) ??
      (await pickAssistant(services, copyTitle()))
    );
  }

  async function chooseSubject(): Promise<{ assistant?: Assistant; thread?: Thread }> {
    const kind = await askChoice<'assistant' | 'thread'>({
      title: copyTitle(),
      placeholder: vscode.l10n.t('What should the code continue?'),
      items: [
        { label: vscode.l10n.t('Thread'), value: 'thread' },
        { label: vscode.l10n.t('Assistant'), value: 'assistant' },
      ],
    });
    if (kind === 'thread') return { thread: await pickThread(services, copyTitle()) };
    return { assistant: await pickAssistant(services, copyTitle()) };
  }

  async function findSubject(ids: { assistantId?: string; threadId?: string }) {
    const { assistantId, threadId } = ids;
    if (assistantId === undefined && threadId === undefined) return chooseSubject();
    return {
      assistant: assistantId === undefined ? undefined : await client.beta.assistants.retrieve(assistantId),
      thread: threadId === undefined ? undefined : await client.beta.threads.retrieve(threadId),
    };
  }

  /** The connection of a model, and its server unless it is built in. */
  function connectionOf(model: string) {
    const id = connections.ofModel(model)?.id;
    return {
      id,
      server: connections
        .list()
        .filter(offersModels)
        .find((connection) => connection.id === id),
    };
  }

  function placeOf(model: string): Pick<CodeTarget, 'model' | 'serve'> {
    const { server } = service;
    if (server) return { serve: { baseUrl: server.baseUrl } };
    const served = servedModel(dataDir, model, connectionOf(model));
    const { address } = localServer;
    return address ? { ...served, serve: address } : served;
  }

  return [
    command(
      'copyAsCode',
      { assistantId: z.string(), threadId: z.string(), language: z.enum(codeLanguages) },
      async ({ language, ...ids }) => {
        const { thread, assistant: given } = await findSubject(ids);
        const assistant = given ?? (await assistantOf(thread));
        const code = codeFor(language ?? (await askForLanguage()), {
          assistant: { id: assistant.id, name: assistantName(assistant) },
          thread: thread && { id: thread.id, title: threadTitle(thread) },
          ...placeOf(assistant.model),
        });
        await vscode.env.clipboard.writeText(code);
        vscode.window.setStatusBarMessage(vscode.l10n.t('Copied the code'), 3000);
        return code;
      },
    ),
  ];
}

const copyTitle = (): string => vscode.l10n.t('Copy as Code');

function askForLanguage(): Promise<CodeLanguage> {
  return askChoice<CodeLanguage>({
    title: copyTitle(),
    placeholder: vscode.l10n.t('In which language?'),
    items: [
      { label: 'Python', value: 'python' },
      { label: 'TypeScript', value: 'typescript' },
    ],
  });
}
