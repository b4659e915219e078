import type { Assistant, AssistantTool, AssistantUpdateParams } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import * as z from 'zod';
import { runCommand } from '../client/commands';
import type { Services } from '../client/services';
import { assistantName } from '../client/titles';
import { toolWords, withSwitches, type SwitchTool } from '../client/tools';
import type { FunctionsEditor } from '../documents/functions';
import type { InstructionsEditor } from '../documents/instructions';
import type { Chats } from '../views/chat/chats';
import { command } from './command';
import { askChoice, askInTurn, askText, confirm } from './ask/inputs';
import { pickModel } from './ask/modelPicker';
import { pickAssistant, pickTools } from './ask/pickers';

const sample = {
  name: 'Math Tutor',
  instructions: 'You are a personal math tutor. Answer questions briefly, in a sentence or less.',
  model: 'demo/tutor',
} as const;

/** The fields of an assistant that commands accept. */
const fields = {
  name: z.string(),
  description: z.string(),
  instructions: z.string(),
  model: z.string(),
  /** As in the API: `[{ type: 'code_interpreter' }]`. The API checks their fields. */
  tools: z.array(z.custom<AssistantTool>((tool) => typeof tool === 'object' && tool !== null)),
};

/** What the user is asked to change. */
const fieldNames = [
  'name',
  'description',
  'instructions',
  'model',
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
      const params = isGiven ? { ...given, model: given.model ?? '' } : await askForAssistant(services);
      const assistant = await client.beta.assistants.create(params);
      chats.current.selectAssistant(assistant.id);
      return assistant;
    }),

    command('createSampleAssistant', {}, async () => {
      const all = await services.assistants.all();
      const existing = all.find(({ name, model }) => name === sample.name && model === sample.model);
      const assistant = existing ?? (await client.beta.assistants.create(sample));
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
        const field = chosen ?? (await askForField(assistant, title));
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
        return client.beta.assistants.update(
          assistant.id,
          await askForChange(services, assistant, field, title),
        );
      },
    ),

    command(
      'deleteAssistant',
      { assistantId: z.string(), confirm: z.boolean() },
      async ({ assistantId, confirm: asks = true }) => {
        const assistant = await find(assistantId, vscode.l10n.t('Delete Assistant'));
        if (asks) {
          await confirm(
            vscode.l10n.t('Delete the assistant «{0}»?', assistantName(assistant)),
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

async function askForAssistant(services: Services) {
  const answers = { name: '', instructions: '', model: '', tools: [] as { type: SwitchTool }[] };
  await askInTurn(vscode.l10n.t('Create Assistant'), [
    async (position) => {
      answers.name = await askText({
        ...position,
        prompt: vscode.l10n.t('Name of the assistant'),
        placeholder: sample.name,
        value: answers.name,
        errorOf: (text) => (text.trim() ? undefined : vscode.l10n.t('Enter a name.')),
      });
    },
    async (position) => {
      answers.instructions = await askText({
        ...position,
        prompt: vscode.l10n.t('How should it answer? You can add details later in an editor.'),
        placeholder: sample.instructions,
        value: answers.instructions,
      });
    },
    async (position) => {
      answers.model = await pickModel(services, position);
    },
    async (position) => {
      const on = answers.tools.map(({ type }) => type);
      answers.tools = (await pickTools(position, on)).map((type) => ({ type }));
    },
  ]);
  return answers;
}

function askForField(assistant: Assistant, title: string): Promise<Field> {
  const labels: Record<Field, string> = {
    name: vscode.l10n.t('Name'),
    description: vscode.l10n.t('Description'),
    instructions: vscode.l10n.t('Instructions'),
    model: vscode.l10n.t('Model'),
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
    if (field === 'tools' || field === 'functions') return namesOf(field === 'functions');
    return assistant[field];
  };
  const items = (Object.keys(labels) as Field[]).map((field) => ({
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

async function askForChange(
  services: Services,
  assistant: Assistant,
  field: Exclude<Field, 'instructions' | 'functions' | 'addFunction'>,
  title: string,
): Promise<AssistantUpdateParams> {
  switch (field) {
    case 'model':
      return { model: await pickModel(services, { title }, assistant.model) };
    case 'tools': {
      const now = assistant.tools.map(({ type }) => type);
      const on = await pickTools({ title: `${title}: ${assistantName(assistant)}` }, now);
      return { tools: withSwitches(assistant, on) };
    }
    default:
      return { [field]: await askForText(assistant, field, title) };
  }
}

function askForText(assistant: Assistant, field: 'name' | 'description', title: string): Promise<string> {
  return askText({
    title: `${title}: ${assistantName(assistant)}`,
    prompt: field === 'name' ? vscode.l10n.t('Name of the assistant') : vscode.l10n.t('What is it for?'),
    value: assistant[field] ?? '',
  });
}
