import type OpenAI from 'openai';
import type { Assistant, AssistantUpdateParams } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { ChangeFeed } from '../client/changes';
import { fieldsOf, formatFrom } from '../client/objects/assistantFields';
import { assistantName } from '../client/objects/titles';
import { AssistantFileSystem } from './assistantFileSystem';
import { unavailable } from './objectFileSystem';

/** The folder in a URI that `contributes.jsonValidation` matches, so that VS Code completes and checks the schema. */
const folder = 'assistant-response-schema';

/** The name that the API requires for a schema, if it has none. */
const defaultName = 'answer';

/** Opens the JSON Schema of an assistant's answers as a document; saving it updates the assistant. */
export class ResponseSchemaEditor extends AssistantFileSystem {
  constructor(client: OpenAI, changes: ChangeFeed) {
    super('assistants-response-schema', client, changes);
  }

  async open(assistant: Assistant): Promise<void> {
    const name = assistantName(assistant)
      .replace(/[\p{Cc}\\/:*?"<>|#]+/gu, ' ')
      .trim();
    const file = vscode.l10n.t('Response Schema of {0}', name);
    const uri = vscode.Uri.from({ scheme: this.scheme, path: `/${assistant.id}/${folder}/${file}.json` });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
  }

  protected textOf(assistant: Assistant): string {
    const { type, schema } = fieldsOf(assistant).response_format;
    return type === 'json_schema' && schema !== '' ? `${schema}\n` : '';
  }

  protected parse(text: string): Promise<(assistant: Assistant) => AssistantUpdateParams> {
    try {
      JSON.parse(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw unavailable(vscode.l10n.t('This is not valid JSON: {0}', reason));
    }
    return Promise.resolve((assistant) => {
      const { name, ...format } = fieldsOf(assistant).response_format;
      const changed = { ...format, name: name || defaultName, type: 'json_schema' as const, schema: text };
      return { response_format: formatFrom(changed) };
    });
  }
}
