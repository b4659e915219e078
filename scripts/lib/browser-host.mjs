import { ensureChromium } from './chromium.mjs';
import { say } from './process.mjs';
import { ensureVSCodeHost } from './vscode-host.mjs';

/**
 * A VS Code in a browser: the environment variables by which test/host/ finds both. None, with the
 * reason told, where either cannot be had.
 */
export async function ensureBrowserHost(nodePath) {
  const chromium = await ensureChromium(nodePath);
  if (!chromium) return undefined;
  try {
    return { CHROMIUM_PATH: chromium, VSCODE_SERVER_PATH: await ensureVSCodeHost(nodePath) };
  } catch (error) {
    say(`No VS Code server could be installed.\n${error.message}`);
    return undefined;
  }
}
