/** Prompts that make the worker's model call something; it answers any other with text. */
export const asks = { function: 'Call a function', tool: 'Run a tool', words: 'Say something' };
