import { equal, ok } from 'node:assert/strict';
import { extensions } from 'vscode';

describe('the extension', () => {
  it('is found, and activates', async () => {
    const extension = extensions.getExtension('assistants-studio.assistants-studio');
    ok(extension, 'not installed under its id');
    await extension.activate();
    equal(extension.isActive, true);
  });
});
