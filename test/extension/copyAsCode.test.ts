import { equal, match, rejects } from 'node:assert/strict';
import * as vscode from 'vscode';
import { ask, client, command, createTutor, newThread } from './support';

describe('copying as code', () => {
  it('puts a program that goes on with the thread into the clipboard', async () => {
    const tutor = await createTutor('Tutor "in" code');
    const other = await createTutor('Another Tutor');
    const thread = await newThread('Fractions');
    await ask(thread.id, tutor.id, 'Hello');
    await command('selectAssistant', { assistantId: other.id });
    const code = await command<string>('copyAsCode', { threadId: thread.id, language: 'typescript' });
    equal(await vscode.env.clipboard.readText(), code);
    match(code, new RegExp(`threads\\.retrieve\\("${thread.id}"\\)`));
    // Who answered last in the thread goes on with it, not who is chosen now.
    match(code, new RegExp(`assistants\\.retrieve\\("${tutor.id}"\\)`));
    match(code, /the thread «Fractions», answered by the assistant «Tutor "in" code»/);
  });

  it('tells how to serve the data that the thread is in', async () => {
    const tutor = await createTutor();
    const code = await command<string>('copyAsCode', { assistantId: tutor.id, language: 'python' });
    match(code, new RegExp(`assistants\\.retrieve\\("${tutor.id}"\\)`));
    match(code, /npm run --silent serve -- --data-dir \S*assistants-studio\.assistants-studio/);
    match(code, /threads\.create\(\)/);
  });

  it('refuses another language, and an assistant that is gone', async () => {
    const tutor = await createTutor('Short-lived');
    await rejects(command('copyAsCode', { assistantId: tutor.id, language: 'cobol' }), /language/);
    await (await client()).beta.assistants.delete(tutor.id);
    await rejects(
      command('copyAsCode', { assistantId: tutor.id, language: 'python' }),
      /No assistant found with id/,
    );
  });
});
