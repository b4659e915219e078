import { equal, match, rejects } from 'node:assert/strict';
import * as vscode from 'vscode';
import { ask, client, command, createTutor, newThread } from './support';

describe('copying as code', () => {
  it('copies a program that continues the thread', async () => {
    const tutor = await createTutor('Tutor "in" code');
    const other = await createTutor('Another Tutor');
    const thread = await newThread('Fractions');
    await ask(thread.id, tutor.id, 'Hello');
    await command('selectAssistant', { assistantId: other.id });
    const code = await command<string>('copyAsCode', { threadId: thread.id, language: 'typescript' });
    equal(await vscode.env.clipboard.readText(), code);
    match(code, new RegExp(`threads\\.retrieve\\("${thread.id}"\\)`));
    // The assistant that answered last in the thread continues it, not the selected one.
    match(code, new RegExp(`assistants\\.retrieve\\("${tutor.id}"\\)`));
    match(code, /the thread “Fractions”, answered by the assistant “Tutor "in" code”/);
  });

  it('says how to serve the data that contains the thread', async () => {
    const tutor = await createTutor();
    const code = await command<string>('copyAsCode', { assistantId: tutor.id, language: 'python' });
    match(code, new RegExp(`assistants\\.retrieve\\("${tutor.id}"\\)`));
    match(code, /npm run --silent serve -- --data-dir \S*assistants-studio\.assistants-studio/);
    match(code, /threads\.create\(\)/);
  });

  it('refuses an unknown language, and a deleted assistant', async () => {
    const tutor = await createTutor('Short-lived');
    await rejects(command('copyAsCode', { assistantId: tutor.id, language: 'cobol' }), /language/);
    await (await client()).beta.assistants.delete(tutor.id);
    await rejects(
      command('copyAsCode', { assistantId: tutor.id, language: 'python' }),
      /No assistant found with id/,
    );
  });
});
