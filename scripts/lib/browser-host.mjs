import { ensureChromium } from './chromium.mjs';
import { say } from './process.mjs';
import { ensureVSCodeHost } from './vscode-host.mjs';

/**
 * Environment variables by which test/host/ finds a browser and a VS Code server; undefined, after
 * printing the reason, if one of them is not available.
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
