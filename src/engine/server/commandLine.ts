import http from 'node:http';
import { OptionError } from '../modelOptions';

/** Throws OptionError for an option with an empty value. */
export function rejectEmpty(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values))
    if ([value].flat().some((one) => typeof one === 'string' && one.trim() === ''))
      throw new OptionError(`--${name} takes a value that is not empty. Leave it out for none.`);
}

/**
 * Runs a command, or prints its usage if the arguments ask for that. An error is printed, after a wrong option with
 * the usage, and ends the process with 1.
 */
export async function runCommandLine(
  args: readonly string[],
  usage: string,
  run: () => void | Promise<void>,
): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return console.log(usage);
  try {
    await run();
  } catch (error) {
    const { message } = error as Error;
    console.error(isOptionError(error) ? `${message}\n\n${usage}` : message);
    process.exit(1);
  }
}

function isOptionError(error: unknown): boolean {
  if (error instanceof OptionError) return true;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

/** Sends requests to models through the proxy of the environment, except to this machine. */
export function useProxy(): void {
  const { env } = process;
  const own = env['no_proxy'] ?? env['NO_PROXY'];
  const no_proxy = [own, 'localhost', '127.0.0.1', '[::1]', '::1'].filter(Boolean).join(',');
  const http_proxy = env['http_proxy'] ?? env['HTTP_PROXY'];
  const https_proxy = env['https_proxy'] ?? env['HTTPS_PROXY'];
  if (!http_proxy && !https_proxy) return;
  // Since Node 24.14.
  (http as Partial<typeof http>).setGlobalProxyFromEnv?.({ http_proxy, https_proxy, no_proxy });
}
