import type { Assistant, AssistantTool } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import * as z from 'zod';
import { runCommand } from '../client/commands';
import { isCancellation } from '../client/errors/errors';
import { textLimits } from '../client/limits';
import type { Services } from '../client/services';
import { creationParams } from '../client/objects/assistantFields';
import { assistantName } from '../client/objects/titles';
import type { SwitchTool } from '../client/tools';
import type { FunctionsEditor } from '../documents/functions';
import type { InstructionsEditor } from '../documents/instructions';
import type { ResponseSchemaEditor } from '../documents/responseSchema';
import type { Chats } from '../views/chat/chats';
import type { AssistantForms } from '../views/form/assistantForms';
import { command } from './command';
import { deleteAssistant } from './deletedAssistants';
import { assistantFields, askForField, changeField, type AssistantField } from './ask/assistantField';
import { askInTurn, askText, confirm, type Drafts, type Question } from './ask/inputs';
import { newAssistantModel } from './ask/newAssistantModel';
import { effortField } from './ask/reasoningEffort';
import { pickModel } from './ask/modelPicker';
import { pickAssistant, pickTools } from './ask/pickers';
import { sampleAssistant, tutor } from './sampleAssistant';

/** The fields of an assistant that commands accept. */
const fields = {
  name: z.string(),
  description: z.string(),
  instructions: z.string(),
  model: z.string(),
  reasoning_effort: effortField,
  /** As in the API: `[{ type: 'code_interpreter' }]`. The API checks their fields. */
  tools: z.array(z.custom<AssistantTool>((tool) => typeof tool === 'object' && tool !== null)),
};

/** Where assistants are edited. */
export interface AssistantEditors {
  forms: AssistantForms;
  instructions: InstructionsEditor;
  functionsEditor: FunctionsEditor;
  responseSchema: ResponseSchemaEditor;
}

/** Commands that create, edit, delete and choose assistants. */
export function assistantCommands(
  services: Services,
  chats: Chats,
  { forms, functionsEditor, instructions, responseSchema }: AssistantEditors,
) {
  const { client } = services;

  async function find(assistantId: string | undefined, title: string): Promise<Assistant> {
    if (assistantId === undefined) return pickAssistant(services, title);
    return client.beta.assistants.retrieve(assistantId);
  }

  /** Changes a field; undefined if it is edited in a document, which is open now. */
  async function editField(
    assistant: Assistant,
    field: AssistantField,
    title: string,
  ): Promise<Assistant | undefined> {
    switch (field) {
      case 'instructions':
        await instructions.open(assistant);
        return undefined;
      case 'functions':
        await functionsEditor.open(assistant);
        return undefined;
      case 'addFunction':
        return runCommand<Assistant | undefined>('addFunction', { assistantId: assistant.id });
      default:
        return changeField(services, assistant, field, title);
    }
  }

  /** Asks for fields to change, one after the other, until the user closes the list. */
  async function editFields(asked: Assistant, title: string): Promise<Assistant> {
    for (let assistant = asked; ;) {
      let field: AssistantField;
      try {
        field = await askForField(services, assistant, title);
      } catch (error) {
        if (isCancellation(error)) return assistant;
        throw error;
      }
      try {
        if ((await editField(assistant, field, title)) === undefined) return assistant;
      } catch (error) {
        if (!isCancellation(error)) services.reporter.notify(error);
      }
      assistant = await client.beta.assistants.retrieve(assistant.id);
    }
  }

  return [
    command('createAssistant', fields, async (given) => {
      const isGiven = Object.keys(given).length > 0;
      // The API's error names a missing field.
      const assistant = isGiven
        ? await client.beta.assistants.create({ ...given, model: given.model ?? '' })
        : await createAsked(services);
      chats.current.selectAssistant(assistant.id);
      return assistant;
    }),

    command('createSampleAssistant', {}, async () => {
      const assistant = await sampleAssistant(services, tutor());
      chats.current.selectAssistant(assistant.id);
      await chats.reveal();
      return assistant;
    }),

    command('newAssistant', { name: z.string(), model: z.string() }, async (given) => {
      const title = vscode.l10n.t('New Assistant');
      const name = given.name ?? (await askName(title));
      const model = given.model ?? (await newAssistantModel(services, chats.current.selection, title));
      const assistant = await client.beta.assistants.create({ name, model });
      await forms.open(assistant);
      chats.current.selectAssistant(assistant.id);
      return assistant;
    }),

    command('duplicateAssistant', { assistantId: z.string() }, async ({ assistantId }) => {
      const { id } = await find(assistantId, vscode.l10n.t('Duplicate Assistant'));
      const assistant = await duplicate(services, id);
      chats.current.selectAssistant(assistant.id);
      await forms.open(assistant);
      return assistant;
    }),

    command(
      'editAssistant',
      { assistantId: z.string(), field: z.enum(assistantFields), ...fields },
      async ({ assistantId, field, ...given }) => {
        const title = vscode.l10n.t('Edit Assistant');
        const assistant = await find(assistantId, title);
        if (Object.keys(given).length > 0) return client.beta.assistants.update(assistant.id, given);
        if (field !== undefined) return (await editField(assistant, field, title)) ?? assistant;
        await forms.open(assistant);
        return assistant;
      },
    ),

    command('editAssistantField', { assistantId: z.string() }, async ({ assistantId }) => {
      const title = vscode.l10n.t('Edit Assistant');
      return editFields(await find(assistantId, title), title);
    }),

    command('editResponseSchema', { assistantId: z.string() }, async ({ assistantId }) => {
      const assistant = await find(assistantId, vscode.l10n.t('Edit Response Schema'));
      await responseSchema.open(assistant);
      return assistant;
    }),

    command(
      'deleteAssistant',
      { assistantId: z.string(), confirm: z.boolean() },
      async ({ assistantId, confirm: asks = true }) => {
        const assistant = await find(assistantId, vscode.l10n.t('Delete Assistant'));
        if (asks) {
          await confirm(
            vscode.l10n.t('Delete the assistant “{0}”?', assistantName(assistant)),
            vscode.l10n.t('Its versions are deleted with it, its threads are not.'),
            vscode.l10n.t('Delete'),
          );
        }
        return deleteAssistant(services, assistant, { offerUndo: asks });
      },
    ),

    command('selectAssistant', { assistantId: z.string() }, async ({ assistantId }) => {
      const assistant = await find(assistantId, vscode.l10n.t('Choose Assistant'));
      await services.assistants.all();
      chats.current.selectAssistant(assistant.id);
      await chats.reveal();
      return assistant;
    }),
  ];
}

/** The answers of a creation that was cancelled; the next one begins with them. */
const createDrafts: Drafts = new Map();

/** Creates a copy of an assistant under a name of its own; both search the same vector store. */
async function duplicate({ client, assistants }: Services, assistantId: string): Promise<Assistant> {
  const original = await client.beta.assistants.retrieve(assistantId);
  const taken = new Set((await assistants.all()).map(assistantName));
  const name = copyName(assistantName(original), taken);
  return client.beta.assistants.create({ ...creationParams(original), name });
}

/** The first of “Name copy”, “Name copy 2” and so on that is not taken. */
function copyName(name: string, taken: ReadonlySet<string>): string {
  // Room for the words and the number.
  const short = name.slice(0, textLimits.assistantName - 20);
  for (let number = 1; ; number++) {
    const wanted =
      number === 1 ? vscode.l10n.t('{0} copy', short) : vscode.l10n.t('{0} copy {1}', short, number);
    if (!taken.has(wanted)) return wanted;
  }
}

/** Asks for an assistant's fields, and creates it. */
function createAsked(services: Services): Promise<Assistant> {
  const answers = { name: '', instructions: '', model: '', tools: [] as { type: SwitchTool }[] };
  const questions: Question[] = [
    async (position) => {
      answers.name = await askText({
        ...position,
        prompt: vscode.l10n.t('Name of the assistant'),
        placeholder: tutor().name,
        value: answers.name,
        maxLength: textLimits.assistantName,
        errorOf: (text) => (text.trim() ? undefined : vscode.l10n.t('Enter a name.')),
      });
    },
    async (position) => {
      answers.instructions = await askText({
        ...position,
        prompt: vscode.l10n.t('How should it answer? You can add details later in an editor.'),
        placeholder: tutor().instructions,
        value: answers.instructions,
        maxLength: textLimits.instructions,
      });
    },
    async (position) => {
      answers.model = await pickModel(services, position);
    },
    async (position) => {
      const on = answers.tools.map(({ type }) => type);
      answers.tools = (await pickTools(position, on)).map((type) => ({ type }));
    },
  ];
  const create = (): Promise<Assistant> => services.client.beta.assistants.create(answers);
  return askInTurn(vscode.l10n.t('Create Assistant'), questions, create, createDrafts);
}

function askName(title: string): Promise<string> {
  return askText({
    title,
    prompt: vscode.l10n.t('Name of the assistant'),
    placeholder: tutor.name,
    maxLength: textLimits.assistantName,
    errorOf: (text) => (text.trim() ? undefined : vscode.l10n.t('Enter a name.')),
  });
}
