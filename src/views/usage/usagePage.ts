import * as vscode from 'vscode';
import { commandName } from '../../client/commands';
import { usageGroups, type Usage, type UsageGroup, type UsageReport } from '../../client/usage/usage';
import { escapeHtml } from '../../protocol/page';

/** The names of what exists, by id. */
export interface UsageNames {
  assistants: ReadonlyMap<string, string>;
  threads: ReadonlyMap<string, string>;
}

type Counts = Omit<Usage, 'object' | 'day' | 'assistant_id' | 'model' | 'thread_id'>;

/** The last days that can be chosen; 0: all. */
const ranges = [7, 30, 90, 0] as const;

/** The page with what answers have used: tables, and links that run commands. It has no scripts. */
export function usagePage(report: UsageReport, names: UsageNames, nonce: string): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'`;
  const { total } = report.day;
  const tables = usageGroups.map((group) => table(report, group, names)).join('');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(vscode.env.language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(vscode.l10n.t('Assistants Usage'))}</title>
<style nonce="${escapeHtml(nonce)}">${style}</style>
</head>
<body>
<main>
<h1>${text(vscode.l10n.t('Assistants Usage'))}</h1>
<nav aria-label="${escapeHtml(vscode.l10n.t('Period'))}"><ul>${ranges.map((days) => rangeLink(days, report)).join('')}</ul></nav>
${total.runs === 0 ? `<p>${text(vscode.l10n.t('No answers in this period.'))}</p>` : tables}
${notes(total)}
</main>
</body>
</html>
`;
}

function rangeLink(days: number, report: UsageReport): string {
  const label = days === 0 ? vscode.l10n.t('All Days') : vscode.l10n.t('Last {0} Days', days);
  const isShown = days === (report.days ?? 0);
  const current = isShown ? ' aria-current="true"' : '';
  return `<li><a href="${commandLink('showUsage', { days })}"${current}>${text(label)}</a></li>`;
}

function table(report: UsageReport, group: UsageGroup, names: UsageNames): string {
  const { data, has_more, total } = report[group];
  const head = [
    firstColumn(group),
    vscode.l10n.t('Answers'),
    vscode.l10n.t('Input Tokens'),
    vscode.l10n.t('Cached'),
    vscode.l10n.t('Output Tokens'),
    vscode.l10n.t('Reasoning'),
    vscode.l10n.t('Cost'),
  ];
  const rows = data.map((usage) => row(nameCell(usage, names), usage)).join('');
  const more = has_more
    ? `<p>${text(vscode.l10n.t('Only the first {0} are shown; the total includes all.', data.length))}</p>`
    : '';
  return `<section>
<h2 id="by-${group}">${text(heading(group))}</h2>
<div class="scroller" role="region" aria-labelledby="by-${group}" tabindex="0">
<table aria-labelledby="by-${group}">
<thead><tr>${head.map((name) => `<th scope="col">${text(name)}</th>`).join('')}</tr></thead>
<tbody>${rows}</tbody>
<tfoot>${row(text(vscode.l10n.t('Total')), total)}</tfoot>
</table>
</div>
${more}
</section>
`;
}

/** `name` is HTML. */
function row(name: string, usage: Counts): string {
  const { runs, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens } = usage;
  const lacksTokens = usage.runs_without_usage > 0;
  const cells = [
    number(runs),
    atLeast(number(prompt_tokens), lacksTokens),
    cached_tokens > 0 ? number(cached_tokens) : '–',
    atLeast(number(completion_tokens), lacksTokens),
    reasoning_tokens > 0 ? number(reasoning_tokens) : '–',
    costWords(usage),
  ];
  return `<tr><th scope="row">${name}</th>${cells.map((cell) => `<td>${text(cell)}</td>`).join('')}</tr>`;
}

/** The costs that are known; a dash if none is. */
function costWords({ costs, runs, runs_without_price, runs_without_usage }: Counts): string {
  if (costs.length === 0)
    return runs > 0 && runs_without_price === 0 && runs_without_usage === 0 ? number(0) : '–';
  const words = costs.map(({ currency, amount }) => money(amount, currency)).join(' + ');
  return atLeast(words, runs_without_price > 0 || runs_without_usage > 0);
}

function atLeast(words: string, isLess: boolean): string {
  return isLess ? vscode.l10n.t('at least {0}', words) : words;
}

function number(value: number): string {
  return value.toLocaleString(vscode.env.language);
}

function money(amount: number, currency: string): string {
  // An answer may cost less than a cent.
  const digits = amount > 0 && amount < 0.1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 };
  try {
    return amount.toLocaleString(vscode.env.language, { style: 'currency', currency, ...digits });
  } catch {
    return `${number(amount)} ${currency}`;
  }
}

/** HTML. */
function nameCell({ day, assistant_id, model, thread_id }: Usage, names: UsageNames): string {
  if (day !== undefined) return text(dayWords(day));
  if (model !== undefined) return text(model);
  if (assistant_id !== undefined) {
    return text(names.assistants.get(assistant_id) ?? vscode.l10n.t('Deleted assistant {0}', assistant_id));
  }
  if (thread_id == null) return text(vscode.l10n.t('Deleted threads'));
  const title = names.threads.get(thread_id);
  if (title === undefined) return text(vscode.l10n.t('Deleted thread {0}', thread_id));
  return `<a href="${commandLink('openThread', { threadId: thread_id })}">${text(title)}</a>`;
}

function dayWords(day: string): string {
  const date = new Date(`${day}T12:00:00`);
  if (Number.isNaN(date.getTime())) return day;
  return date.toLocaleDateString(vscode.env.language, { dateStyle: 'medium' });
}

function heading(group: UsageGroup): string {
  switch (group) {
    case 'day':
      return vscode.l10n.t('By Day');
    case 'assistant':
      return vscode.l10n.t('By Assistant');
    case 'model':
      return vscode.l10n.t('By Model');
    case 'thread':
      return vscode.l10n.t('By Thread');
  }
}

function firstColumn(group: UsageGroup): string {
  switch (group) {
    case 'day':
      return vscode.l10n.t('Day');
    case 'assistant':
      return vscode.l10n.t('Assistant');
    case 'model':
      return vscode.l10n.t('Model');
    case 'thread':
      return vscode.l10n.t('Thread');
  }
}

/** What the numbers lack, and where prices come from. */
function notes({ runs_without_usage, runs_without_price }: Counts): string {
  const words = [
    vscode.l10n.t(
      'Tokens are counted as model servers report them. Cached tokens are part of the input, reasoning tokens are part of the output.',
    ),
    ...(runs_without_usage > 0
      ? [vscode.l10n.t('Answers whose tokens the server did not report: {0}.', number(runs_without_usage))]
      : []),
    ...(runs_without_price > 0
      ? [vscode.l10n.t('Answers by models without a known price: {0}.', number(runs_without_price))]
      : []),
    vscode.l10n.t('Costs are at today’s prices.'),
  ];
  const settings = `command:workbench.action.openSettings?${encodeURIComponent(JSON.stringify(['assistantsStudio.modelPrices']))}`;
  const link = `<a href="${escapeHtml(settings)}">${text(vscode.l10n.t('Set Model Prices'))}</a>`;
  return `<p class="notes">${words.map(text).join(' ')} ${link}</p>`;
}

function commandLink(id: 'showUsage' | 'openThread', args: object): string {
  return escapeHtml(`command:${commandName(id)}?${encodeURIComponent(JSON.stringify([args]))}`);
}

function text(words: string): string {
  return escapeHtml(words);
}

const style = `
body { color: var(--vscode-foreground); background: var(--vscode-editor-background); font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); padding: 0 20px 20px; }
main { max-width: 1000px; margin: 0 auto; }
h1 { font-size: 1.6em; font-weight: 600; margin: 20px 0 8px; }
h2 { font-size: 1.15em; font-weight: 600; margin: 24px 0 8px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; margin: 0; padding: 0; }
a { color: var(--vscode-textLink-foreground); text-decoration: underline; }
a:hover { color: var(--vscode-textLink-activeForeground); }
a[aria-current] { color: var(--vscode-foreground); font-weight: 600; text-decoration: none; }
a:focus-visible, .scroller:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
.scroller { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 8px; text-align: end; vertical-align: top; white-space: nowrap; border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent)); }
th:first-child { text-align: start; white-space: normal; overflow-wrap: anywhere; min-width: 9em; padding-inline-start: 0; }
tbody th { font-weight: normal; }
thead th { font-weight: 600; }
tfoot th, tfoot td { font-weight: 600; border-bottom: none; }
.notes { margin-top: 24px; color: var(--vscode-descriptionForeground); line-height: 1.5; }
`;
