// Draws media/icon.png, the icon on the Marketplace, from scripts/icon.svg:
//   node scripts/icon.mjs   (set CHROMIUM_PATH if Chromium is not at /usr/bin/chromium)
import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const size = 256;
const svg = await readFile(new URL('icon.svg', import.meta.url), 'utf8');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body { margin: 0 }</style>${svg}`);
  await writeFile(
    new URL('../media/icon.png', import.meta.url),
    await page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: size, height: size } }),
  );
} finally {
  await browser.close();
}
