/** Words that ask the worker's model for something; it answers others in words. */
export const asks = { function: 'Call a function', tool: 'Run a tool', words: 'Say something' };
