import { chromium, type Browser } from 'playwright-core';
import { fromToolchain } from './paths';

let browser: Promise<Browser> | undefined;
let users = 0;

/** The headless Chromium of this process, started for its first user. Give it back by {@link releaseBrowser}. */
export function acquireBrowser(): Promise<Browser> {
  users += 1;
  browser ??= launchBrowser();
  return browser;
}

/** Ends the browser when its last user has given it back. */
export async function releaseBrowser(): Promise<void> {
  users -= 1;
  if (users > 0 || !browser) return;
  const last = browser;
  browser = undefined;
  await (await last).close();
}

/** A headless Chromium that reaches nothing but what it is told to, and runs as root too. */
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
