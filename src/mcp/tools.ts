import { contributes } from '../../package.json';
import type { ToolId } from '../agentTools/inputs';

/** A tool as MCP clients see it. */
export interface ToolDescription {
  name: ToolId;
  title: string;
  description: string;
  inputSchema: { type: 'object'; properties: Record<string, object>; required: string[] };
  annotations: { readOnlyHint: boolean; destructiveHint: boolean; openWorldHint: boolean };
}

const titles: Record<ToolId, string> = {
  runPython: 'Run Python',
  searchFiles: 'Search Knowledge Files',
  askAssistant: 'Ask an Assistant',
};

/** The tools of VS Code, which package.json describes. */
export const toolDescriptions: ToolDescription[] = contributes.languageModelTools.map(
  ({ toolReferenceName, modelDescription, inputSchema }) => {
    const name = toolReferenceName as ToolId;
    return {
      name,
      title: titles[name],
      description: modelDescription,
      inputSchema: inputSchema as unknown as ToolDescription['inputSchema'],
      annotations: {
        // Code may be given files, which the user has to see.
        readOnlyHint: name === 'searchFiles',
        destructiveHint: false,
        // An assistant's model may be anywhere, and so may what its functions do.
        openWorldHint: name === 'askAssistant',
      },
    };
  },
);
