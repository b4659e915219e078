/** The extension host tests in a desktop VS Code, by @vscode/test-electron. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { root } from './paths';
import { defaultSettings } from './settings';

export interface DesktopRun {
  executable: string;
  dataDir: string;
  workspace: string;
  testsPath: string;
  /** Folders of more extensions to load. */
  extensions: readonly string[];
}

/** Runs the tests with their own user data folder; rejects if they fail. */
export async function runInDesktop(run: DesktopRun): Promise<void> {
  const { executable, dataDir, workspace, testsPath, extensions } = run;
  const userData = path.join(dataDir, 'desktop');
  mkdirSync(path.join(userData, 'User'), { recursive: true });
  writeFileSync(path.join(userData, 'User', 'settings.json'), JSON.stringify(defaultSettings));
  await runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: [root, ...extensions],
    extensionTestsPath: testsPath,
    launchArgs: [
      workspace,
      '--user-data-dir',
      userData,
      '--extensions-dir',
      path.join(dataDir, 'extensions'),
    ],
  });
}
