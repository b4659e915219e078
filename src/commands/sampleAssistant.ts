import type { Assistant, AssistantCreateParams } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { Services } from '../client/services';

/** The tutorial's assistant, on the demo model, in the language of VS Code. */
export function tutor() {
  return {
    name: vscode.l10n.t('Math Tutor'),
    instructions: vscode.l10n.t(
      'You are a personal math tutor. Answer questions briefly, in a sentence or less.',
    ),
    model: 'demo/tutor',
  } as const satisfies AssistantCreateParams;
}

/** The assistant of this name and model, created if there is none. */
export async function sampleAssistant(
  { client, assistants }: Services,
  sample: AssistantCreateParams,
): Promise<Assistant> {
  const all = await assistants.all();
  const existing = all.find(({ name, model }) => name === sample.name && model === sample.model);
  return existing ?? client.beta.assistants.create(sample);
}
