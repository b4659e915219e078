/** The MCP server that VS Code starts: the tools over the address that its window gives it. */
import { clientFor } from './client';
import { serveMcp } from './server';

const { ASSISTANTS_STUDIO_URL: baseURL, ASSISTANTS_STUDIO_TOKEN: apiKey } = process.env;

if (baseURL === undefined) {
  console.error('ASSISTANTS_STUDIO_URL is not set. VS Code starts this program.');
  process.exit(1);
}
const folders = process.argv.slice(2);
void serveMcp({ client: clientFor({ baseURL, apiKey }), folders }, () => process.exit(0));
