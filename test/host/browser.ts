import { chromium, type Browser } from 'playwright-core';
import { fromToolchain } from './paths';

let browser: Promise<Browser> | undefined;
let users = 0;

/** The headless Chromium of this process, started on first use. Release it by {@link releaseBrowser}. */
export function acquireBrowser(): Promise<Browser> {
  users += 1;
  browser ??= launchBrowser();
  return browser;
}

/** Closes the browser after its last user has released it. */
export async function releaseBrowser(): Promise<void> {
  users -= 1;
  if (users > 0 || !browser) return;
  const last = browser;
  browser = undefined;
  await (await last).close();
}

/** Launches a headless Chromium without background requests, which also runs as root. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: fromToolchain('CHROMIUM_PATH'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
