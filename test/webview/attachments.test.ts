import assert from 'node:assert/strict';
import type { Attachment, FileInfo } from '../../src/protocol/attachments';
import type { ChatState } from '../../src/protocol/chat';
import { atRest, coder, question, threadId, tutor } from './samples';
import { freshPanel, show, showNew } from './suite';

function attachment(name: string, fields: Partial<Attachment> = {}): Attachment {
  return { id: name, name, bytes: 2048, isImage: false, state: 'ready', fileId: `file_${name}`, ...fields };
}

describe('the files attached to a draft', () => {
  const panel = freshPanel({ width: 300 });
  const list = () => panel().page.getByRole('list', { name: 'Attached Files' });
  const button = (name: string | RegExp) => panel().page.getByRole('button', { name, exact: true });
  const composer = () => panel().page.getByRole('textbox', { name: 'Message' });

  async function showFiles(attachments: Attachment[], state: Partial<ChatState> = {}): Promise<void> {
    await show(panel(), [question('q', 'Hi')], state);
    await panel().receive({ type: 'attachments', threadId, attachments });
  }

  /** Dispatches a drag event with files, or with other data, in the page. */
  async function drag(type: string, files: Record<string, string>, data: Record<string, string> = {}) {
    await panel().page.evaluate(
      ([name, contents, texts]) => {
        const dataTransfer = new DataTransfer();
        for (const [file, content] of Object.entries(contents)) {
          dataTransfer.items.add(new File([content], file));
        }
        for (const [format, text] of Object.entries(texts)) dataTransfer.setData(format, text);
        const init = { bubbles: true, cancelable: true };
        const event =
          name === 'paste'
            ? new ClipboardEvent(name, { ...init, clipboardData: dataTransfer })
            : new DragEvent(name, { ...init, dataTransfer });
        document.querySelector('.composer-box')?.dispatchEvent(event);
      },
      [type, files, data] as const,
    );
    await panel().settle();
  }

  it('are shown with name and size, and can be removed', async () => {
    await showFiles([attachment('notes.txt'), attachment('plot.png', { isImage: true, bytes: 1_500_000 })]);
    assert.deepEqual(await list().getByRole('listitem').allInnerTexts(), [
      'notes.txt\n2 KB',
      'plot.png\n1.4 MB',
    ]);
    await button('Remove plot.png').click();
    assert.deepEqual(await panel().waitFor('removeAttachment'), { type: 'removeAttachment', id: 'plot.png' });
  });

  it('say which tools of the assistant read them', async () => {
    const files = [
      attachment('table.csv'),
      attachment('data.parquet'),
      attachment('plot.png', { isImage: true }),
    ];
    const both = { ...tutor, fileTools: ['file_search', 'code_interpreter'] } as const;
    await showFiles(files, { assistants: [{ ...both, fileTools: [...both.fileTools] }] });
    const described = () =>
      list()
        .getByRole('listitem')
        .evaluateAll((items) => items.map((item) => item.getAttribute('aria-description')));
    assert.deepEqual(await described(), [
      'Read by: File Search, Code Interpreter',
      'Read by: Code Interpreter',
      'Read by: the model, as an image, Code Interpreter',
    ]);
    assert.equal(
      await list().getByText('table.csv').getAttribute('title'),
      'table.csv\nRead by: File Search, Code Interpreter',
    );
  });

  it('are chosen by a button', async () => {
    await showNew(panel());
    await button(/^Attach Files….*up to 20 files of 100 MB each/).click();
    await panel().waitFor('pickFiles');
  });

  it('show their progress, and why they failed', async () => {
    await showFiles([
      attachment('a.txt', { state: 'uploading', progress: 0.456, fileId: undefined }),
      attachment('b.txt', { state: 'failed', error: 'The file is larger than 100 MB.', fileId: undefined }),
    ]);
    await list().getByText('45%').waitFor();
    await panel().page.getByRole('alert').getByText('The file is larger than 100 MB.').waitFor();
  });

  it('block sending until they are uploaded', async () => {
    await showFiles([attachment('a.txt', { state: 'uploading', fileId: undefined })]);
    await composer().fill('Read this');
    await composer().press('Enter');
    assert.deepEqual(await panel().asked('send'), []);
    await panel().page.locator('.composer-note', { hasText: 'Some files are still uploading.' }).waitFor();
    await panel().receive({ type: 'attachments', threadId, attachments: [attachment('a.txt')] });
    await composer().press('Enter');
    assert.equal((await panel().waitForQuestion('send')).params.text, 'Read this');
  });

  it('may be an image without a text, but no other file without a text', async () => {
    await showFiles([attachment('notes.txt')]);
    assert.equal(await button('Send').isDisabled(), true);
    await showFiles([attachment('plot.png', { isImage: true })]);
    await button('Send').click();
    assert.equal((await panel().waitForQuestion('send')).params.text, '');
  });

  it('are sent piece by piece when they are dropped', async () => {
    await showNew(panel());
    await drag('drop', { 'notes.txt': 'Roses are red.' });
    const { uploadId, ...offered } = await panel().waitFor('attachDropped');
    assert.deepEqual(offered, { type: 'attachDropped', name: 'notes.txt', bytes: 14 });
    assert.equal(Buffer.from(await panel().ask('piece', { uploadId, offset: 6 })).toString(), 'are red.');
    await assert.rejects(panel().ask('piece', { uploadId, offset: 0 }), /no such file/);
  });

  it('may be pasted, if no text comes with them', async () => {
    await showNew(panel());
    await drag('paste', { 'image.png': 'x' });
    assert.equal((await panel().waitFor('attachDropped')).name, 'image.png');
    await drag('paste', { 'cells.png': 'x' }, { 'text/plain': '1\t2' });
    assert.equal((await panel().postedOf('attachDropped')).length, 1);
  });

  it('may come from VS Code’s explorer', async () => {
    await showNew(panel());
    const uris = 'file:///home/me/a.txt\r\nfile:///home/me/b.txt';
    await drag('drop', {}, { 'application/vnd.code.uri-list': uris, 'text/uri-list': 'file:///other' });
    assert.deepEqual(await panel().waitFor('attachUris'), { type: 'attachUris', list: uris });
  });

  it('show a drop target while they are dragged over the panel', async () => {
    await showNew(panel());
    await drag('dragover', { 'notes.txt': 'x' });
    await panel().page.getByText('Drop the files to attach them').waitFor();
    await drag('drop', { 'notes.txt': 'x' });
    assert.equal(await panel().page.getByText('Drop the files to attach them').count(), 0);
  });

  it('are not offered when text is dragged', async () => {
    await showNew(panel());
    await drag('dragover', {}, { 'text/plain': 'words' });
    assert.equal(await panel().page.getByText('Drop the files to attach them').count(), 0);
    await drag('drop', {}, { 'text/plain': 'words' });
    assert.deepEqual(await panel().postedOf('attachUris'), []);
  });

  it('are not searched by an assistant without file search, until it is turned on', async () => {
    await showFiles([attachment('notes.txt')], { assistantId: coder.id });
    await panel().page.getByText('Code Reviewer cannot read files.').waitFor();
    await button('Turn On File Search').click();
    await panel().waitFor('turnOnFileSearch');
    const assistants = [tutor, { ...coder, fileTools: ['code_interpreter' as const] }];
    await panel().receiveState({ ...atRest, assistantId: coder.id, assistants });
    await panel().page.getByText('Code Reviewer can read files only with Python.').waitFor();
    await panel().receiveState({ ...atRest, assistantId: tutor.id });
    assert.equal(await button('Turn On File Search').count(), 0);
  });

  it('with hostile names only show them', async () => {
    const attack = '<img src=x onerror="globalThis.hacked = true">';
    await showFiles([attachment(`${attack}\u202etxt.exe`), attachment('x'.repeat(5000), { id: 'long' })]);
    assert.equal(await list().locator('img').count(), 0);
    assert.doesNotMatch(await list().innerText(), /\u202e/);
    const width = await panel().page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 300, `${width}`);
  });
});

describe('a message that was sent with files', () => {
  const panel = freshPanel({ width: 300 });
  const sent = {
    ...question('q', 'Read these'),
    attachments: [
      { file_id: 'file_a', tools: [{ type: 'file_search' as const }] },
      { file_id: 'file_b', tools: [{ type: 'file_search' as const }] },
    ],
  };
  const list = () => panel().page.getByRole('article').getByRole('list', { name: 'Attached Files' });

  async function answerFor(result: FileInfo): Promise<void> {
    const asked = await panel().asked('fileInfo');
    const { id } = asked.find(({ params }) => params.fileId === result.fileId)!;
    await panel().receive({ type: 'answer', id, result });
  }

  it('names them, and opens them', async () => {
    await show(panel(), [sent]);
    await panel().waitForQuestion('fileInfo', 2);
    await answerFor({ fileId: 'file_a', name: 'notes.txt', bytes: 2048 });
    assert.match(await list().innerText(), /notes\.txt\s+2 KB/);
    await list().getByRole('button', { name: 'notes.txt' }).click();
    assert.deepEqual(await panel().waitFor('openFile'), { type: 'openFile', fileId: 'file_a' });
  });

  it('says which are gone', async () => {
    await show(panel(), [sent]);
    await panel().waitForQuestion('fileInfo', 2);
    await answerFor({ fileId: 'file_b' });
    await list().getByText('Deleted file').waitFor();
  });
});
