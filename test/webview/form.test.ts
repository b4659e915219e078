import assert from 'node:assert/strict';
import { accessibilityViolations } from './axe';
import { lastEdit, postedByForm, receiveView, sampleFields, showForm } from './formSupport';
import type { PanelPage } from './panelPage';
import { freshPanel, hasFocus } from './suite';
import { question } from './samples';
import type { ThemeName } from './themes';

/** Waits until the form has posted this as the value of a field. */
async function edited(panel: PanelPage, field: string, value: unknown): Promise<void> {
  await panel.page.waitForFunction(
    ([name, wanted]) => {
      const { posted } = (globalThis as unknown as { standIn: { posted: Record<string, unknown>[] } })
        .standIn;
      const last = posted.filter(({ type }) => type === 'formEdit').at(-1);
      return last?.['field'] === name && JSON.stringify(last['value']) === wanted;
    },
    [field, JSON.stringify(value)] as const,
  );
}

describe('the form of an assistant', () => {
  const panel = freshPanel({ form: true, width: 900, height: 900 });
  const form = () => panel().page.locator('#form');
  const field = (name: string) => form().getByRole('textbox', { name, exact: true });
  const button = (name: string) => form().getByRole('button', { name, exact: true });

  const texts: [label: string, path: string, typed: string, field: string, value: unknown][] = [
    ['Name', 'name', 'Tutor', 'name', 'Tutor'],
    ['Description', 'description', 'Kind', 'description', 'Kind'],
    ['Instructions', 'instructions', 'Rhyme.', 'instructions', 'Rhyme.'],
    ['Model', 'model', 'demo/tutor', 'model', 'demo/tutor'],
    ['Temperature', 'temperature', '3', 'temperature', '3'],
    ['Top P', 'top_p', 'x', 'top_p', 'x'],
    ['Suggested First Messages', 'suggestions', 'Hi', 'suggestions', 'Hi'],
    [
      'Name of the Schema',
      'response_format.name',
      'reply',
      'response_format',
      { ...sampleFields.response_format, name: 'reply' },
    ],
    [
      'JSON Schema',
      'response_format.schema',
      '{"a":',
      'response_format',
      { ...sampleFields.response_format, schema: '{"a":' },
    ],
    [
      'Maximum Number of Results',
      'file_search.max_num_results',
      '51',
      'file_search',
      { ...sampleFields.file_search, max_num_results: '51' },
    ],
    [
      'Score Threshold',
      'file_search.score_threshold',
      '2',
      'file_search',
      { ...sampleFields.file_search, score_threshold: '2' },
    ],
    [
      'Key 2',
      'metadata.1.key',
      'team',
      'metadata',
      [
        { key: 'team', value: 'blue' },
        { key: 'team', value: '2' },
      ],
    ],
    [
      'Value 1',
      'metadata.0.value',
      'red',
      'metadata',
      [
        { key: 'team', value: 'red' },
        { key: 'version', value: '2' },
      ],
    ],
  ];
  for (const [label, path, typed, name, value] of texts) {
    it(`sends what is typed as ${label}, and says what is wrong with it`, async () => {
      await showForm(panel());
      await field(label).fill(typed);
      await edited(panel(), name, value);
      const reason = `Invalid '${path}'.`;
      await receiveView(panel(), { seen: 1, errors: { [path]: reason } });
      await form().getByText(reason).waitFor();
      assert.equal(await field(label).getAttribute('aria-invalid'), 'true');
      const described = (await field(label).getAttribute('aria-describedby')) ?? '';
      const ids = described.split(' ');
      const said = await Promise.all(ids.map((id) => panel().page.locator(`[id="${id}"]`).innerText()));
      assert.ok(said.includes(reason), `It is described by ${said.join()}`);
      assert.equal(await field(label).inputValue(), typed);
      await receiveView(panel(), { seen: 1 });
      await form().getByText(reason).waitFor({ state: 'detached' });
    });
  }

  it('has a choice for the reasoning effort, the response format and the ranker', async () => {
    await showForm(panel());
    await form().getByLabel('Reasoning Effort').selectOption('high');
    await edited(panel(), 'reasoning_effort', 'high');
    await form().getByLabel('Ranker').selectOption('default_2024_08_21');
    await edited(panel(), 'file_search', { ...sampleFields.file_search, ranker: 'default_2024_08_21' });
    await form().getByLabel('Response Format').selectOption('JSON');
    await edited(panel(), 'response_format', { ...sampleFields.response_format, type: 'json_object' });
    await field('JSON Schema').waitFor({ state: 'detached' });
  });

  it('switches tools on and off by the keyboard', async () => {
    await showForm(panel());
    await form().getByRole('checkbox', { name: 'Code Interpreter' }).press('Space');
    await edited(panel(), 'code_interpreter', false);
    await form().getByRole('checkbox', { name: 'File Search' }).press('Space');
    await edited(panel(), 'file_search', { ...sampleFields.file_search, isOn: false });
    await form()
      .getByRole('checkbox', { name: /^Follow the schema/ })
      .press('Space');
    await edited(panel(), 'response_format', { ...sampleFields.response_format, strict: true });
  });

  it('removes files, stores, functions and keys, and keeps the focus in their list', async () => {
    await showForm(panel());
    await form().getByRole('button', { name: 'Remove data.csv' }).press('Enter');
    await edited(panel(), 'code_files', ['file_2']);
    await hasFocus(form().getByRole('button', { name: 'Remove more.csv' }));
    await panel().page.keyboard.press('Enter');
    await edited(panel(), 'code_files', []);
    await hasFocus(button('Add Files…'));
    await form().getByRole('button', { name: 'Remove Notes' }).press('Enter');
    await edited(panel(), 'vector_stores', []);
    await form().getByRole('button', { name: 'Remove display_quiz' }).press('Enter');
    await edited(panel(), 'functions', [sampleFields.functions[1]]);
    await form().getByRole('button', { name: 'Remove key team' }).press('Enter');
    await edited(panel(), 'metadata', [sampleFields.metadata[1]]);
    await hasFocus(field('Key 1'));
  });

  it('adds a key to the metadata, which is typed at once', async () => {
    await showForm(panel());
    await button('Add Key').press('Enter');
    await hasFocus(field('Key 3'));
    await panel().page.keyboard.type('a');
    await edited(panel(), 'metadata', [...sampleFields.metadata, { key: 'a', value: '' }]);
  });

  it('is walked through by Tab, from the name to the chat beside it', async () => {
    await showForm(panel());
    const seen: string[] = [];
    await field('Name').focus();
    for (let presses = 0; presses < 60; presses++) {
      const label = await panel().page.evaluate(() => {
        const focused = document.activeElement as HTMLInputElement | null;
        const named = focused?.labels?.[0]?.textContent ?? focused?.getAttribute('aria-label');
        return named ?? focused?.textContent ?? '';
      });
      seen.push(label.trim());
      if (label === 'Start Over') break;
      await panel().page.keyboard.press('Tab');
    }
    const order = ['Name', 'Description', 'Open in Editor', 'Instructions', 'Choose Model…', 'Model'];
    assert.deepEqual(seen.slice(0, order.length), order);
    for (const label of ['Temperature', 'Response Format', 'Remove look', 'Key 1', 'Add Key', 'Start Over']) {
      assert.ok(seen.includes(label), `${label} is not among ${seen.join(', ')}`);
    }
  });

  it('runs its buttons', async () => {
    await showForm(panel(), { hasVersions: true });
    const names = ['Choose Model…', 'Duplicate', 'Versions', 'Copy ID', 'Show JSON', 'Delete…', 'Chat'];
    for (const name of names) await button(name).click();
    await panel().page.getByRole('button', { name: 'Start Over' }).click();
    await panel().settle();
    const actions = (await postedByForm(panel())).flatMap((one) =>
      one.type === 'formAction' ? [one.action] : [],
    );
    assert.deepEqual(actions, [
      'chooseModel',
      'duplicate',
      'showVersions',
      'copyId',
      'showJson',
      'delete',
      'chat',
      'resetTrial',
    ]);
  });

  it('has no button for versions where there are none', async () => {
    await showForm(panel());
    await button('Duplicate').waitFor();
    assert.equal(await button('Versions').count(), 0);
  });

  it('shows both values of a field that was changed here and elsewhere, and lets the user choose', async () => {
    await showForm(panel(), {
      conflicts: { name: 'Theirs <b>', metadata: [{ key: 'a', value: 'b' }], code_interpreter: false },
    });
    const conflict = form().getByRole('group', { name: 'Name was changed here and elsewhere.' });
    await conflict.getByText('Theirs <b>').waitFor();
    await conflict.getByRole('button', { name: 'Keep Mine' }).press('Enter');
    await form()
      .getByRole('group', { name: 'Metadata was changed here and elsewhere.' })
      .getByRole('button', { name: 'Take Theirs' })
      .click();
    await form().getByRole('group', { name: 'Code Interpreter was changed here and elsewhere.' }).waitFor();
    const decided = (await postedByForm(panel())).filter(({ type }) => type === 'formDecide');
    assert.deepEqual(decided, [
      { type: 'formDecide', field: 'name', keepMine: true },
      { type: 'formDecide', field: 'metadata', keepMine: false },
    ]);
  });

  it('shows what was undone, and moves the focus there', async () => {
    await showForm(panel());
    await field('Name').fill('Tutor');
    await edited(panel(), 'name', 'Tutor');
    await receiveView(panel(), { seen: 1 });
    await field('Description').focus();
    await receiveView(panel(), { seen: 1, fields: sampleFields, focus: 'name' });
    await hasFocus(field('Name'));
    assert.equal(await field('Name').inputValue(), 'Math Tutor');
  });

  it('keeps what is being typed when older fields arrive, and asks for the rest', async () => {
    await showForm(panel());
    await field('Name').fill('Newer');
    await edited(panel(), 'name', 'Newer');
    await receiveView(panel(), { seen: 0, fields: { ...sampleFields, description: 'Theirs' } });
    assert.equal(await field('Name').inputValue(), 'Newer');
    await receiveView(panel(), { seen: 1 });
    const posted = await postedByForm(panel());
    assert.equal(posted.filter(({ type }) => type === 'formRefresh').length, 1);
    await receiveView(panel(), {
      seen: 1,
      fields: { ...sampleFields, name: 'Newer', description: 'Theirs' },
    });
    assert.equal(await field('Description').inputValue(), 'Theirs');
    assert.equal((await lastEdit(panel()))?.value, 'Newer');
  });

  it('says that the assistant was deleted, and why a save has failed', async () => {
    await showForm(panel(), { status: { kind: 'deleted', canCreate: true }, saveError: 'No.' });
    const alerts = form().getByRole('alert');
    await alerts.getByText('This assistant was deleted.').waitFor();
    await alerts.getByText('Not saved: No.').waitFor();
    await button('Create Again').click();
    await button('Close').click();
    assert.equal(await button('Duplicate').count(), 0);
    const actions = (await postedByForm(panel())).flatMap((one) =>
      one.type === 'formAction' ? [one.action] : [],
    );
    assert.deepEqual(actions, ['createAgain', 'close']);
    await receiveView(panel(), { status: { kind: 'otherService' } });
    await alerts.getByText(/belongs to another service/).waitFor();
    await receiveView(panel(), { status: { kind: 'failed', message: 'Offline' } });
    await button('Try Again').click();
  });

  it('shows names as text, whatever is in them', async () => {
    const name = '<img src=x onerror=alert(1)>';
    await showForm(panel(), {
      fields: { ...sampleFields, name, functions: [{ name, description: name }] },
      names: { file_1: name },
    });
    await form().getByRole('heading', { name }).waitFor();
    assert.equal(await form().locator('img').count(), 0);
  });

  it('has a chat beside it that sends messages, without what a thread that is not kept cannot have', async () => {
    await showForm(panel(), { untried: ['vector_stores'] });
    const { page } = panel();
    await page.getByText('Used only after you save: Vector Store').waitFor();
    assert.equal(await page.getByRole('button', { name: /^Assistant:/ }).count(), 0);
    const composer = page.getByRole('textbox', { name: 'Message', exact: true });
    await composer.fill('Hello');
    await composer.press('Enter');
    assert.equal((await panel().waitForQuestion('send')).params.text, 'Hello');
    await panel().receive({
      type: 'messages',
      threadId: 't',
      messages: [question('a', 'Hi')],
      hasMore: false,
    });
    const message = page.getByRole('article').first();
    await message.hover();
    await message.getByRole('button', { name: 'Copy Message' }).waitFor();
    assert.equal(await message.getByRole('button', { name: 'Edit Message' }).count(), 0);
  });

  it('shares the stored state of its page with the chat', async () => {
    await showForm(panel());
    const { page } = panel();
    const composer = () => page.getByRole('textbox', { name: 'Message', exact: true });
    await composer().fill('Not sent yet');
    await page.locator('#form').evaluate((element) => (element.scrollTop = 400));
    await page.waitForFunction(() => sessionStorage.getItem('webview-state')?.includes('"scrollTop":400'));
    await panel().waitFor('draft');
    await panel().reload();
    await showForm(panel());
    await page.waitForFunction(() => document.getElementById('form')?.scrollTop === 400);
  });
});

for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as ThemeName[]) {
  describe(`the form in the theme ${theme}`, () => {
    for (const width of [300, 900]) {
      describe(`${width} pixels wide`, () => {
        const panel = freshPanel({ form: true, theme, width });

        it('has no violation that axe finds, and is not wider than the page', async () => {
          await showForm(panel(), {
            errors: { name: 'Too long.', 'metadata.0.key': 'There already.', functions: 'No name.' },
            conflicts: { description: 'Theirs', metadata: [] },
            saveError: 'No.',
            untried: ['temperature'],
            isDemo: true,
            hasVersions: true,
          });
          assert.deepEqual(await accessibilityViolations(panel()), []);
          const isFit = 'document.documentElement.scrollWidth <= window.innerWidth';
          assert.equal(await panel().page.evaluate(isFit), true);
        });
      });
    }
  });
}
