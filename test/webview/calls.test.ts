import assert from 'node:assert/strict';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { withMeasured } from '../../src/protocol/turns';
import {
  code,
  fibonacciCode,
  fibonacciLogs,
  functionCall,
  message,
  plotUrl,
  question,
  run,
  searchCall,
  searchResults,
  step,
  threadId,
  traceback,
  withFile,
  writingStep,
} from './samples';
import { freshPanel, hasFocus, show } from './suite';

const underWay = { status: 'in_progress', completed_at: null } as const;

describe('a tool call', () => {
  const panel = freshPanel({ width: 300 });
  const card = (name: string | RegExp) => panel().page.getByRole('group', { name });

  async function showSteps(...steps: RunStep[]): Promise<void> {
    await show(panel(), [question('q', 'Count.'), message('a', 'Done.')], { run: run() });
    await panel().receive({ type: 'steps', threadId, steps });
  }

  it('stands before the message that follows it', async () => {
    await showSteps(step('s1', [code('1')]), writingStep('s2', 'a'));
    const order = await panel().page.evaluate<string[]>(
      "[...document.querySelectorAll('.message-list > *')].map(({ classList }) => classList[0])",
    );
    assert.deepEqual(order, ['message', 'call', 'message']);
  });

  it('stands at the end while it is running', async () => {
    await showSteps(writingStep('s1', 'a'), step('s2', [code('1')], underWay));
    assert.match(
      (await panel().page.locator('.message-list > *').last().innerText()) ?? '',
      /Running Python/,
    );
  });

  const endings: [string, RunStep][] = [
    ['Running Python…', step('s', [code('1', 'so far')], underWay)],
    ['Ran Python', step('s', [code('1', '1\n')])],
    ['Python stopped with an error', step('s', [code('print(1 / 0)', `before\n${traceback}`)])],
    ['Python stopped with an error', step('s', [code('1', '[The code was stopped: it ran too long.]\n')])],
    ['Ran Python', step('s', [code('try', `${traceback}and went on\n`)])],
    ['Stopped', step('s', [code('1')], { status: 'cancelled' })],
    ['Called weather', step('s', [functionCall('weather', '{}', 'sunny')])],
    ['Calling weather…', step('s', [functionCall('weather', '{}')], underWay)],
  ];
  endings.forEach(([title, ended], index) => {
    it(`shows its state: “${title}” (${index + 1})`, async () => {
      await showSteps(ended);
      await card(title).waitFor();
    });
  });

  it('that failed says why', async () => {
    const last_error = { code: 'server_error', message: 'The disk is full.' } as const;
    await showSteps(step('s', [code('1')], { status: 'failed', last_error }));
    assert.match(await card('Python stopped with an error').innerText(), /The disk is full\./);
  });

  it('shows its code as it is written, its end in view', async () => {
    await showSteps(step('s', [code('a = 1')], underWay));
    const input = card('Running Python…').getByRole('group', { name: 'Input' });
    assert.equal(await input.innerText(), 'a = 1');
    await panel().receive({ type: 'steps', threadId, steps: [step('s', [code(fibonacciCode)], underWay)] });
    assert.equal(await input.innerText(), fibonacciCode.trimEnd());
    assert.ok((await input.evaluate(({ scrollTop }) => scrollTop)) > 0);
    assert.ok((await input.locator('.hljs-keyword').count()) > 0);
  });

  it('shows some lines of its code and its output, and all of them when expanded', async () => {
    await showSteps(step('s', [code(fibonacciCode, fibonacciLogs)]));
    const output = card('Ran Python').getByRole('group', { name: 'Output' });
    const height = async () => (await output.boundingBox())?.height ?? 0;
    const before = await height();
    const button = card('Ran Python').getByRole('button', { name: 'Show All' }).last();
    await button.click();
    assert.ok((await height()) > 2 * before);
    await card('Ran Python').getByRole('button', { name: 'Show Less' }).click();
    assert.equal(await height(), before);
  });

  it('shows the tenths of seconds it took where they are known, folded, too', async () => {
    await showSteps(
      withMeasured(step('s1', [code('1')]), 0.3),
      step('s2', [code('2')]),
      withMeasured(step('s3', [code('3')], { completed_at: 1e9 + 125, created_at: 1e9 }), 124.6),
      withMeasured(step('s4', [code('4')]), 12.5),
    );
    const times = panel().page.locator('.call-time');
    assert.deepEqual(await times.allInnerTexts(), ['0.3 s', '0:01', '2:05', '12.5 s']);
  });

  it('of few lines has nothing to expand', async () => {
    await showSteps(step('s', [code('1', '1\n')]));
    assert.equal(await card('Ran Python').getByRole('button', { name: 'Show All' }).count(), 0);
  });

  it('cuts a very long output, and says so', async () => {
    await showSteps(step('s', [code('1', 'x'.repeat(300_000))]));
    const output = card('Ran Python').getByRole('group', { name: 'Output' });
    assert.equal((await output.innerText()).length, 20_000);
    await card('Ran Python').getByText('Only the beginning is shown here.').waitFor();
  });

  it('opens its input and its output as documents', async () => {
    await showSteps(step('s', [code('1', '1\n')]));
    const ids = { runId: 'run_sample', stepId: 's', callId: 'call_code' };
    await card('Ran Python').getByRole('button', { name: 'View Input' }).click();
    assert.deepEqual(await panel().waitFor('viewStepInput'), { type: 'viewStepInput', ...ids });
    await card('Ran Python').getByRole('button', { name: 'View Output' }).click();
    assert.deepEqual(await panel().waitFor('viewStepOutput'), { type: 'viewStepOutput', ...ids });
  });

  it('opens what was sent to the model that made it', async () => {
    await showSteps(step('s', [code('1', '1\n')]));
    await card('Ran Python').getByRole('button', { name: 'Show Model Request' }).click();
    const ids = { runId: 'run_sample', stepId: 's' };
    assert.deepEqual(await panel().waitFor('showStepRequest'), { type: 'showStepRequest', ...ids });
  });

  it('without an output says so, and offers none', async () => {
    await showSteps(step('s', [code('x = 1')]));
    await card('Ran Python').getByText('No output').waitFor();
    assert.equal(await card('Ran Python').getByRole('button', { name: 'View Output' }).count(), 0);
  });

  it('of a function shows its arguments and its output', async () => {
    await showSteps(step('s', [functionCall('weather', '{"city":"Rome"}', '"sunny"')]));
    const shown = await card('Called weather').innerText();
    assert.match(shown, /"city": "Rome"/);
    assert.match(shown, /"sunny"/);
  });

  it('stays in its place when a later one comes', async () => {
    await showSteps(step('s1', [code('1', 'one\n')]));
    await panel().receive({
      type: 'steps',
      threadId,
      steps: [step('s2', [code('2', 'two\n')])],
    });
    await panel().receive({ type: 'steps', threadId, steps: [step('s1', [code('1', 'ONE\n')])] });
    await panel().page.getByRole('button', { name: 'Ran Python', expanded: false }).click();
    const outputs = await panel().page.getByRole('group', { name: 'Output' }).allInnerTexts();
    assert.deepEqual(outputs, ['ONE', 'two']);
  });

  it('of another thread is not shown', async () => {
    await showSteps();
    await panel().receive({ type: 'steps', threadId: 'thread_other', steps: [step('s', [code('1')])] });
    assert.equal(await panel().page.locator('.call').count(), 0);
  });

  it('with HTML in its code, its output and its name only shows it', async () => {
    const attack = '<img src=x onerror="globalThis.hacked = true"><script>hacked = true</script>';
    await showSteps(
      step('s1', [code(`# ${attack}`, attack)]),
      step('s2', [functionCall(attack, JSON.stringify({ attack }), attack)]),
    );
    assert.equal(await panel().page.locator('.call img, .call script').count(), 0);
    assert.equal(await panel().page.evaluate("'hacked' in globalThis"), false);
    assert.match(await card(/^Called <img/).innerText(), /onerror/);
  });
});

describe('the cards of calls that have ended', () => {
  const panel = freshPanel({ width: 300 });
  const heads = () => panel().page.locator('button.call-head');
  const open = async () =>
    heads().evaluateAll((all) => all.map((head) => head.getAttribute('aria-expanded') === 'true'));
  const first = step('s1', [code(fibonacciCode, 'one\n', 'file_plot')]);

  async function showSteps(...steps: RunStep[]): Promise<void> {
    await show(panel(), [question('q', 'Count.'), message('a', 'Done.')], { run: run() });
    await panel().receive({ type: 'steps', threadId, steps });
  }

  it('fold to one line each, with what they did; the last one stays open', async () => {
    const search = step('s2', [searchCall(searchResults)]);
    const called = step('s3', [functionCall('weather', '{}', 'sunny')]);
    await showSteps(first, search, called, step('s4', [code('2', 'two\n')]));
    assert.deepEqual(await open(), [false, false, false, true]);
    const lines = (await heads().locator('.call-title').allInnerTexts()).slice(0, 3);
    const files = new Set(searchResults.map(({ file_id }) => file_id)).size;
    assert.deepEqual(lines, [
      'Ran Python · 1 file',
      `Searched ${files === 1 ? '1 file' : `${files} files`} · ${searchResults.length} passages`,
      'Called weather',
    ]);
    for (const card of (await panel().page.locator('.call').all()).slice(0, 3)) {
      assert.ok(((await card.boundingBox())?.height ?? 99) < 40);
    }
  });

  for (const key of ['Enter', 'Space']) {
    it(`open with ${key}, stay so while more comes, and fold again`, async () => {
      await showSteps(first, step('s2', [code('2', 'two\n')]));
      await heads().first().focus();
      await panel().page.keyboard.press(key);
      assert.deepEqual(await open(), [true, true]);
      await panel().page.getByText('one', { exact: true }).waitFor();
      const third = step('s3', [code('3', 'three\n')], underWay);
      await panel().receive({ type: 'steps', threadId, steps: [first, third] });
      await panel().receive({ type: 'message', threadId, message: message('b', 'More.') });
      assert.deepEqual(await open(), [true, false]);
      await hasFocus(heads().first());
      await panel().page.keyboard.press(key);
      assert.deepEqual(await open(), [false, false]);
    });
  }

  it('have no fold while they run', async () => {
    await showSteps(step('s1', [code('1', 'so far')], underWay), step('s2', [code('2')], underWay));
    assert.equal(await heads().count(), 0);
  });

  it('do not fold while the user is in them', async () => {
    await showSteps(first);
    const button = panel().page.getByRole('button', { name: 'View Output' });
    await button.focus();
    await panel().receive({ type: 'steps', threadId, steps: [step('s2', [code('2', 'two\n')])] });
    assert.deepEqual(await open(), [true, true]);
    await hasFocus(button);
  });
});

describe('an image of a file', () => {
  const panel = freshPanel({ width: 300 });

  async function showImage(): Promise<void> {
    await show(panel(), [
      message('a', '', { content: [{ type: 'image_file', image_file: { file_id: 'file_plot' } }] }),
    ]);
    assert.equal((await panel().waitForQuestion('image')).params.fileId, 'file_plot');
  }

  it('is requested once, however often it is shown', async () => {
    await showImage();
    await panel().receive({ type: 'steps', threadId, steps: [step('s', [code('plot()', '', 'file_plot')])] });
    assert.equal((await panel().asked('image')).length, 1);
    await panel().answer('image', { fileId: 'file_plot', name: 'sine.png', dataUrl: plotUrl });
    assert.equal(await panel().page.getByRole('img', { name: 'sine.png' }).count(), 2);
  });

  it('is enlarged by a click, and closed with Escape', async () => {
    await showImage();
    await panel().answer('image', { fileId: 'file_plot', name: 'sine.png', dataUrl: plotUrl });
    const button = panel().page.getByRole('button', { name: 'Enlarge sine.png' });
    await button.click();
    const dialog = panel().page.getByRole('dialog', { name: 'sine.png' });
    await dialog.getByRole('button', { name: 'Save File As…' }).click();
    assert.equal((await panel().waitFor('saveFile')).fileId, 'file_plot');
    await panel().page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await hasFocus(button);
  });

  it('that cannot be shown says why, and can be opened', async () => {
    await showImage();
    const error = 'This image is too large for the chat.';
    await panel().answer('image', { fileId: 'file_plot', name: 'huge.png', error });
    await panel().page.getByText(`huge.png: ${error}`).waitFor();
    await panel().page.getByRole('button', { name: 'Open File' }).click();
    assert.equal((await panel().waitFor('openFile')).fileId, 'file_plot');
  });

  it('that is broken says so', async () => {
    await showImage();
    const dataUrl = 'data:image/png;base64,AAAA';
    await panel().answer('image', { fileId: 'file_plot', name: 'broken.png', dataUrl });
    await panel().page.getByText('broken.png: The image cannot be displayed.').waitFor();
  });
});

describe('an answer with a file that code wrote', () => {
  const panel = freshPanel({ width: 300 });

  const address = 'sandbox:/mnt/data/my values (1).csv';
  const answers: [string, string][] = [
    ['a link', `See [the values](${address}).`],
    ['its address', `It is at ${address} now.`],
  ];
  for (const [what, text] of answers) {
    it(`opens it by ${what}`, async () => {
      await show(panel(), [withFile(message('a', text), address)]);
      await panel().page.locator('.markdown a').click();
      assert.equal((await panel().waitFor('openFile')).fileId, 'file_csv');
      assert.deepEqual(await panel().postedOf('openLink'), []);
    });
  }

  const start = 'sandbox:/mnt/data/';
  const forms: [string, string, string][] = [
    ['with two slashes', 'sandbox://mnt/data/x.csv', '[x](%)'],
    ['with three slashes', 'sandbox:///mnt/data/x.csv', '[x](%)'],
    ['without a slash', 'sandbox:mnt/data/x.csv', '[x](%)'],
    ['in bold', `${start}x.csv`, '**%**'],
    ['in angle brackets', `${start}a b.csv`, '[x](<%>)'],
    ['with a title', `${start}a b.csv`, '[x](% "The table")'],
    ['that is encoded', `${start}a%20b%20%281%29.csv`, '[x](%)'],
    ['whose name has a percent sign', `${start}100%2520off.csv`, '[x](%)'],
    ['whose name has full-width brackets', `${start}销售（1）.csv`, '已保存：%。'],
    ['with a fragment', `${start}x.html`, '[x](%#top)'],
    ['in full-width brackets', `${start}x.csv`, '表格（%）。'],
    ['at the end of a sentence', `${start}x.csv`, 'It is %.'],
    ['before Chinese text', `${start}x.csv`, '%已生成'],
  ];
  for (const [how, link, text] of forms) {
    it(`opens it by a URL ${how}`, async () => {
      await show(panel(), [withFile(message('a', text.replace('%', link)), link)]);
      await panel().page.locator('.markdown a').click();
      assert.equal((await panel().waitFor('openFile')).fileId, 'file_csv');
    });
  }

  it('does not open it by the URL of another file whose name begins with its own', async () => {
    const text = `${start}plot.p is not [x](${start}plot.png)`;
    await show(panel(), [withFile(message('a', text), `${start}plot.p`)]);
    await panel().page.getByText('x', { exact: true }).click();
    await panel().settle();
    assert.deepEqual(await panel().postedOf('openFile'), []);
  });

  it('names it, and offers to open and to save it', async () => {
    await show(panel(), [withFile(message('a', `[x](${address})`), address)]);
    const files = panel().page.getByRole('list', { name: 'Files' });
    assert.match(await files.innerText(), /my values \(1\)\.csv/);
    await files.getByRole('button', { name: 'Open File' }).click();
    await panel().waitFor('openFile');
    await files.getByRole('button', { name: 'Save File As…' }).click();
    assert.equal((await panel().waitFor('saveFile')).fileId, 'file_csv');
  });

  it('does nothing for a link that is not to one of its files', async () => {
    await show(panel(), [message('a', '[x](sandbox:/mnt/data/none.csv)')]);
    await panel().page.getByText('x', { exact: true }).click();
    await panel().settle();
    const posted = (await panel().posted()).map(({ type }) => type);
    assert.ok(!posted.includes('openFile') && !posted.includes('openLink'), posted.join());
  });
});
