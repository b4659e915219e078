import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Usage, UsageList, UsageReport } from '../../../src/client/usage/usage';
import { usagePage } from '../../../src/views/usage/usagePage';
import { Network, RemoteServer, useServer } from '../remote';
import { ask, command, createTutor, newThread, until } from '../support';

function tabs(): vscode.Tab[] {
  const all = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return all.filter(
    ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('usage'),
  );
}

const none: Omit<Usage, 'object'> = {
  runs: 1,
  runs_without_usage: 0,
  prompt_tokens: 1000,
  completion_tokens: 10,
  total_tokens: 1010,
  cached_tokens: 0,
  reasoning_tokens: 0,
  costs: [],
  runs_without_price: 0,
};

function list(...data: Partial<Usage>[]): UsageList {
  const usages = data.map((one): Usage => ({ object: 'usage', ...none, ...one }));
  return { object: 'list', data: usages, has_more: false, total: { ...none, ...data[0] } };
}

function report(thread: Partial<Usage> = {}): UsageReport {
  return {
    day: list({ day: '2026-11-26' }),
    assistant: list({ assistant_id: 'asst_1' }),
    model: list({ model: 'demo/tutor' }),
    thread: list({ thread_id: 'thread_1', ...thread }),
    days: 30,
  };
}

function page(usage: UsageReport, title = 'Two and two'): string {
  const names = { assistants: new Map<string, string>(), threads: new Map([['thread_1', title]]) };
  return usagePage(usage, names, 'nonce');
}

/** The words of the rows of a table. */
function rowsOf(html: string, group: string): string[] {
  const [, table = ''] =
    new RegExp(`aria-labelledby="by-${group}">\\s*<thead>(.*?)</table>`, 's').exec(html) ?? [];
  return table.split('</tr>').map((row) =>
    row
      .replace(/<\/t[hd]>/g, '|')
      .replace(/<[^>]*>/g, '')
      .trim(),
  );
}

describe('the usage of assistants', () => {
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('opens in a tab of its own, of which there is one', async () => {
    const tutor = await createTutor('Counted Tutor');
    const { id: threadId } = await newThread('Counted thread');
    const run = await ask(threadId, tutor.id, 'Thank you!');
    const shown = await command<UsageReport>('showUsage', { days: 7 });
    equal(shown.days, 7);
    const ofThread = shown.thread.data.find(({ thread_id }) => thread_id === threadId);
    equal(ofThread?.total_tokens, run.usage?.total_tokens);
    ok(shown.assistant.data.some(({ assistant_id, runs }) => assistant_id === tutor.id && runs === 1));
    await until('the tab is open', () => tabs().length === 1);
    equal(tabs()[0]?.label, 'Assistants Usage');
    // As before, if no days are given.
    equal((await command<UsageReport>('showUsage')).days, 7);
    equal((await command<UsageReport>('showUsage', { days: 0 })).days, undefined);
    equal(tabs().length, 1);
    await rejects(command('showUsage', { days: -1 }), /days/);
  });

  it('costs what the setting says', async () => {
    const configuration = vscode.workspace.getConfiguration('assistantsStudio');
    const set = (value: unknown): Thenable<void> =>
      configuration.update('modelPrices', value, vscode.ConfigurationTarget.Global);
    const tutor = await createTutor('Costly Tutor');
    await ask((await newThread('Costly')).id, tutor.id, 'Thank you!');
    await set({ 'demo/tutor': { input: 1_000_000, output: 0, currency: 'CNY' } });
    try {
      const { assistant } = await command<UsageReport>('showUsage');
      const usage = assistant.data.find(({ assistant_id }) => assistant_id === tutor.id);
      deepEqual(usage?.costs, [{ currency: 'CNY', amount: usage?.prompt_tokens }]);
    } finally {
      await set(undefined);
    }
  });

  it('is shown in tables with headings, by links that run commands alone', () => {
    const html = page(report());
    for (const group of ['day', 'assistant', 'model', 'thread']) equal(rowsOf(html, group).length, 4, group);
    equal(rowsOf(html, 'model')[1], 'demo/tutor|1|1,000|–|10|–|0|');
    equal(rowsOf(html, 'assistant')[1]?.split('|')[0], 'Deleted assistant asst_1');
    match(rowsOf(html, 'day')[1] ?? '', /^Nov 26, 2026\|/);
    match(html, /<a href="command:assistantsStudio\.showUsage\?[^"]*" aria-current="true">Last 30 Days</);
    match(html, /<a href="command:assistantsStudio\.openThread\?[^"]*thread_1[^"]*">Two and two</);
    ok(!/<script|http/i.test(html.replace('http-equiv', '')));
    match(html, /default-src &#39;none&#39;; style-src &#39;nonce-nonce&#39;/);
  });

  it('says where it is not all that was used, and what has no price', () => {
    const costs = [
      { currency: 'USD', amount: 0.0042 },
      { currency: 'EUR', amount: 12.345 },
    ];
    const parts = { costs, runs: 3, runs_without_usage: 1, runs_without_price: 1 };
    equal(
      rowsOf(page(report(parts)), 'thread')[1],
      'Two and two|3|at least 1,000|–|at least 10|–|at least $0.0042 + €12.35|',
    );
    const known = { costs: costs.slice(1), cached_tokens: 5, reasoning_tokens: 2 };
    equal(rowsOf(page(report(known)), 'thread')[1], 'Two and two|1|1,000|5|10|2|€12.35|');
    equal(rowsOf(page(report({ runs_without_price: 1 })), 'thread')[1], 'Two and two|1|1,000|–|10|–|–|');
    const trashed = { ...report(), thread: list({ thread_id: 'thread_2' }) };
    match(rowsOf(page(trashed), 'thread')[1] ?? '', /^Deleted thread thread_2\|/);
    ok(!page(trashed).includes('openThread'));
    const deleted = { ...report(), thread: list({ thread_id: null }) };
    match(rowsOf(page(deleted), 'thread')[1] ?? '', /^Deleted threads\|/);
    const lacking = { ...report(), day: list({ day: '2026-11-26', ...parts }) };
    match(page(lacking), /did not report: 1\. Answers by models without a known price: 1\./);
  });

  it('shows what others have written as text', () => {
    const evil = '<img src=x onerror="alert(1)">"\'&';
    const html = page({ ...report(), model: list({ model: evil }), day: list({ day: evil }) }, evil);
    ok(!html.includes('<img'));
    equal(html.split('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&quot;&#39;&amp;').length, 4);
  });

  it('of a server that does not say is not shown, and that is said', async () => {
    const server = await RemoteServer.start();
    const network = await Network.before(server.baseUrl);
    const leave = await useServer(network.baseUrl);
    try {
      const tutor = await createTutor();
      await ask((await newThread('Far away')).id, tutor.id, 'Thank you!');
      const { total } = (await command<UsageReport>('showUsage')).day;
      equal(total.runs, 1);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      network.hidden = /\/usage/;
      await rejects(command('showUsage', { days: 7 }), /The current service does not report usage\./);
      equal(tabs().length, 0);
    } finally {
      await leave();
      await network.stop();
      await server.stop();
    }
  });
});
