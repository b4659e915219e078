import { version } from '../../package.json';
import { runServe } from '../engine/server/server';
import { runMcp } from '../mcp/command';

const usage = `Usage: assistants-studio COMMAND [options]

  serve    the Assistants API v2 on a local port
  mcp      tools for MCP clients, over standard input and output: run Python, search files, ask an assistant

  assistants-studio COMMAND --help describes the options.`;

/** The program of the npm package. */
export async function runCommand([command, ...args]: readonly string[]): Promise<void> {
  const name = `assistants-studio ${command}`;
  switch (command) {
    case 'serve':
      return runServe(args, name);
    case 'mcp':
      return runMcp(args, name);
    case '--version':
      return console.log(version);
    case '--help':
    case '-h':
      return console.log(usage);
    default:
      console.error(command === undefined ? usage : `There is no command '${command}'.\n\n${usage}`);
      process.exitCode = 1;
  }
}
