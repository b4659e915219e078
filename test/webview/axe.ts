import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import type { PanelPage } from './panelPage';

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Violations that axe finds, each with the id of its rule and the element. */
export async function accessibilityViolations(panel: PanelPage): Promise<string[]> {
  await panel.page.evaluate(axe);
  const off = { enabled: false };
  // VS Code's page, which embeds the panel, has the landmarks. Chromium makes scrollable elements
  // focusable by itself.
  const rules = { region: off, 'landmark-one-main': off, 'scrollable-region-focusable': off };
  const results = await panel.page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify({ rules })})`);
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
