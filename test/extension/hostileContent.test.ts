import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ToolCall } from 'openai/resources/beta/threads/runs/steps';
import * as vscode from 'vscode';
import { inputText, outputText } from '../../src/documents/conversation/stepText';
import { safeName } from '../../src/documents/files';
import { checkArguments } from '../../src/functions/argumentCheck';
import { client, command, until } from './support';
import { TestWindow } from './window';

const deep = `{"city":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;

describe('JSON nested ten thousand times', () => {
  it('is an error of the arguments, which are not parsed', () => {
    deepEqual(checkArguments(deep, { type: 'object' }), {
      value: undefined,
      error: 'The arguments are nested too deeply.',
    });
  });

  it('is shown in documents as it came', () => {
    const call: ToolCall = {
      id: 'call_1',
      type: 'function',
      function: { name: 'weather', arguments: deep, output: deep },
    };
    equal(inputText(call), deep);
    equal(outputText(call), deep);
  });

  it('is asked for by a function that can be answered', async () => {
    const window = TestWindow.open();
    const { client: api, monitor } = window.services;
    const tools = ['display_quiz', 'weather'].map((name) => ({
      type: 'function' as const,
      function: { name },
    }));
    const assistant = await api.beta.assistants.create({ model: 'puppet/puppet', tools });
    const thread = await api.beta.threads.create({ messages: [{ role: 'user', content: 'Hello?' }] });
    window.model.call('display_quiz', deep);
    window.model.call('weather', deep, 1);
    window.model.finish('tool_calls');
    const run = await monitor.waitFor(await monitor.start(thread.id, { assistant_id: assistant.id }));
    const calls = window.calls.pending(thread.id)!.calls;
    deepEqual(
      calls.map(({ handler, argumentsError }) => [handler.kind, argumentsError]),
      Array(2).fill(['user', 'The arguments are nested too deeply.']),
    );
    window.model.say('I see.');
    window.model.finish();
    for (const { callId } of calls) await window.calls.answer(run.id, callId, deep);
    await until('it has ended', () => monitor.newestRun(thread.id)?.status === 'completed');
    deepEqual(window.reported, []);
    await window.close();
  });
});

describe('a file with a malicious name', () => {
  const names: [string, string][] = [
    ['../../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\win.ini', 'win.ini'],
    ['C:\\autoexec.bat', 'autoexec.bat'],
    ['..', 'file-1'],
    ['/', 'file-1'],
    ['a\u0000b\nc.txt', 'a_b_c.txt'],
    ['photo\u202egpj.exe', 'photo_gpj.exe'],
    ['in\u200bvisible\ufeff.txt', 'in_visible_.txt'],
    ['\u2066name\u2069.txt', '_name_.txt'],
    ['stream.txt:hidden', 'stream.txt_hidden'],
    ['می\u200cخواهم.txt', 'می\u200cخواهم.txt'],
  ];
  for (const [name, expected] of names) {
    it(`is called ${JSON.stringify(expected)} where it was ${JSON.stringify(name)}`, () => {
      equal(safeName({ id: 'file-1', filename: name }), expected);
    });
  }

  it('opens beside another of the same name, and is saved where it was asked for', async () => {
    const api = await client();
    const [one, other] = await Promise.all(
      ['one', 'other'].map((text) => {
        const file = new File([text], '../../x.txt', { type: 'text/plain' });
        return api.files.create({ file, purpose: 'assistants' });
      }),
    );
    const texts: string[] = [];
    for (const { id } of [one!, other!]) {
      await command('openFile', { fileId: id });
      const document = vscode.window.activeTextEditor?.document;
      equal(path.posix.basename(document?.uri.path ?? ''), 'x.txt');
      match(document?.uri.path ?? '', /^\/[^/]+\/x\.txt$/);
      texts.push(document?.getText() ?? '');
    }
    deepEqual(texts, ['one', 'other']);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');

    const folder = mkdtempSync(path.join(tmpdir(), 'assistants-studio-hostile-'));
    await command('saveFileAs', { fileId: one!.id, path: path.join(folder, 'saved.txt') });
    deepEqual(readdirSync(folder), ['saved.txt']);
    rmSync(folder, { recursive: true });
  });
});

describe('a malicious thread', () => {
  it('opens as plain text documents', async () => {
    const api = await client();
    const text = '<script>1</script> [x](command:workbench.action.quit) ![x](https://evil.example/x.png)';
    const title = '../../title\u202e $(trash) [x](command:quit)';
    const thread = await api.beta.threads.create({
      messages: [{ role: 'user', content: text }],
      metadata: { title },
    });
    await command('showThreadMarkdown', { threadId: thread.id });
    const conversation = vscode.window.activeTextEditor?.document;
    const shown = conversation?.getText() ?? '';
    // VS Code's Markdown preview would load the picture and take the element for HTML.
    ok(shown.replaceAll('\u2060', '').includes(text), shown);
    ok(!shown.includes('<script>') && !shown.includes('![x]('), shown);
    equal(conversation?.uri.path.split('/').length, 2, conversation?.uri.path);
    await command('showJson', { threadId: thread.id });
    const json = vscode.window.activeTextEditor?.document;
    equal((JSON.parse(json?.getText() ?? '') as { id: string }).id, thread.id);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});
