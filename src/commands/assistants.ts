import type { Assistant, AssistantTool } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import * as z from 'zod';
import { runCommand } from '../client/commands';
import { textLimits } from '../client/limits';
import type { Services } from '../client/services';
import { assistantName } from '../client/objects/titles';
import { toolWords, withChangedSwitches, type SwitchTool } from '../client/tools';
import type { FunctionsEditor } from '../documents/functions';
import type { InstructionsEditor } from '../documents/instructions';
import type { Chats } from '../views/chat/chats';
import { command } from './command';
import {
  askChoice,
  askInTurn,
  askText,
  confirm,
  confirmOverwriting,
  type Drafts,
  type Question,
} from './ask/inputs';
import { effortField, effortOf, pickEffort } from './ask/reasoningEffort';
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

/** What the user is asked to change. */
const fieldNames = [
  'name',
  'description',
  'instructions',
  'model',
  'reasoning_effort',
  'tools',
  'functions',
  'addFunction',
] as const;

type Field = (typeof fieldNames)[number];

/** Commands that create, edit, delete and choose assistants. */
export function assistantCommands(
  services: Services,
  chats: Chats,
  instructions: InstructionsEditor,
  functionsEditor: FunctionsEditor,
) {
  const { client } = services;

  async function find(assistantId: string | undefined, title: string): Promise<Assistant> {
    if (assistantId === undefined) return pickAssistant(services, title);
    return client.beta.assistants.retrieve(assistantId);
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
      const assistant = await sampleAssistant(services, tutor);
      chats.current.selectAssistant(assistant.id);
      await chats.reveal();
      return assistant;
    }),

    command(
      'editAssistant',
      { assistantId: z.string(), field: z.enum(fieldNames), ...fields },
      async (args) => {
        const { assistantId, field: chosen, ...given } = args;
        const title = vscode.l10n.t('Edit Assistant');
        const assistant = await find(assistantId, title);
        if (Object.keys(given).length > 0) return client.beta.assistants.update(assistant.id, given);
        const field = chosen ?? (await askForField(services, assistant, title));
        if (field === 'instructions') {
          await instructions.open(assistant);
          return assistant;
        }
        if (field === 'functions') {
          await functionsEditor.open(assistant);
          return assistant;
        }
        if (field === 'addFunction') {
          return runCommand('addFunction', { assistantId: assistant.id });
        }
        return change(services, assistant, field, title);
      },
    ),

    command('duplicateAssistant', { assistantId: z.string() }, async ({ assistantId }) => {
      const { id } = await find(assistantId, vscode.l10n.t('Duplicate Assistant'));
      const assistant = await duplicate(services, id);
      chats.current.selectAssistant(assistant.id);
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
            vscode.l10n.t('Its threads are not deleted. This cannot be undone.'),
            vscode.l10n.t('Delete'),
          );
        }
        return client.beta.assistants.delete(assistant.id);
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
  const own = ['id', 'object', 'created_at', 'name'];
  const fields = Object.fromEntries(Object.entries(original).filter(([field]) => !own.includes(field)));
  const name = copyName(assistantName(original), taken);
  return client.beta.assistants.create({ ...fields, model: original.model, name });
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
        placeholder: tutor.name,
        value: answers.name,
        maxLength: textLimits.assistantName,
        errorOf: (text) => (text.trim() ? undefined : vscode.l10n.t('Enter a name.')),
      });
    },
    async (position) => {
      answers.instructions = await askText({
        ...position,
        prompt: vscode.l10n.t('How should it answer? You can add details later in an editor.'),
        placeholder: tutor.instructions,
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

function askForField({ service }: Services, assistant: Assistant, title: string): Promise<Field> {
  const labels: Record<Field, string> = {
    name: vscode.l10n.t('Name'),
    description: vscode.l10n.t('Description'),
    instructions: vscode.l10n.t('Instructions'),
    model: vscode.l10n.t('Model'),
    reasoning_effort: vscode.l10n.t('Reasoning Effort'),
    tools: vscode.l10n.t('Tools'),
    functions: vscode.l10n.t('Functions'),
    addFunction: vscode.l10n.t('Add Function…'),
  };
  const namesOf = (areFunctions: boolean): string => {
    const tools = assistant.tools.filter(({ type }) => (type === 'function') === areFunctions);
    return tools.map(toolWords).join(', ');
  };
  const valueOf = (field: Field): string | null => {
    if (field === 'addFunction')
      return vscode.l10n.t('A quiz, a tool of VS Code, a program of the workspace, …');
    if (field === 'reasoning_effort') return effortOf(assistant) ?? vscode.l10n.t('Default');
    if (field === 'tools' || field === 'functions') return namesOf(field === 'functions');
    return assistant[field];
  };
  // The scripted model does not reason.
  const offered = fieldNames.filter(
    (field) => field !== 'reasoning_effort' || !service.isDemo(assistant.model),
  );
  const items = offered.map((field) => ({
    label: labels[field],
    detail: valueOf(field)?.replace(/\s+/g, ' ').slice(0, 120) || vscode.l10n.t('none'),
    value: field,
  }));
  return askChoice({
    title: `${title}: ${assistantName(assistant)}`,
    placeholder: vscode.l10n.t('What do you want to change?'),
    items,
  });
}

/** Asks for a field's new value, and updates the assistant. */
async function change(
  services: Services,
  assistant: Assistant,
  field: Exclude<Field, 'instructions' | 'functions' | 'addFunction'>,
  title: string,
): Promise<Assistant> {
  const { assistants } = services.client.beta;
  switch (field) {
    case 'model': {
      const model = await pickModel(services, { title }, assistant.model);
      const { model: current } = await assistants.retrieve(assistant.id);
      await confirmOverwriting({ asked: assistant.model, current, wanted: model });
      return assistants.update(assistant.id, { model });
    }
    case 'reasoning_effort': {
      const asked = effortOf(assistant);
      const wanted = await pickEffort(`${title}: ${assistantName(assistant)}`, asked);
      const current = effortOf(await assistants.retrieve(assistant.id));
      await confirmOverwriting({ asked: asked ?? '', current: current ?? '', wanted: wanted ?? '' });
      return assistants.update(assistant.id, { reasoning_effort: wanted });
    }
    case 'tools': {
      const asked = assistant.tools.map(({ type }) => type);
      const on = await pickTools({ title: `${title}: ${assistantName(assistant)}` }, asked);
      // The tools that the user left alone, and the functions, may have been changed elsewhere meanwhile.
      const current = await assistants.retrieve(assistant.id);
      return assistants.update(assistant.id, { tools: withChangedSwitches(current, asked, on) });
    }
    default:
      return changeText(services, assistant, field, title);
  }
}

async function changeText(
  { client }: Services,
  assistant: Assistant,
  field: 'name' | 'description',
  title: string,
): Promise<Assistant> {
  const { assistants } = client.beta;
  const asked = assistant[field] ?? '';
  let text = asked;
  const ask: Question = async (position) => {
    text = await askText({
      ...position,
      prompt: field === 'name' ? vscode.l10n.t('Name of the assistant') : vscode.l10n.t('What is it for?'),
      value: asked,
      maxLength: field === 'name' ? textLimits.assistantName : textLimits.assistantDescription,
    });
  };
  return askInTurn(`${title}: ${assistantName(assistant)}`, [ask], async () => {
    const current = (await assistants.retrieve(assistant.id))[field] ?? '';
    await confirmOverwriting({ asked, current, wanted: text });
    return assistants.update(assistant.id, { [field]: text });
  });
}
