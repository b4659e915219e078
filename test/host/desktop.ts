/** A desktop VS Code, by @vscode/test-electron: the user's own, or one it downloads. */
import path from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { mkdirSync, writeFileSync } from 'node:fs';
import { root } from './paths';
import { defaultSettings } from './settings';

const downloadHost = 'https://update.code.visualstudio.com/api/releases/stable';

/** The executable to test in: VSCODE_PATH, or a download where there is a screen to show it on and a way to it. */
export async function findDesktop(): Promise<string | undefined> {
  const given = process.env['VSCODE_PATH'];
  if (given) return given;
  const hasScreen =
    process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  if (!hasScreen || !(await reaches(downloadHost))) return undefined;
  return downloadAndUnzipVSCode({ version: 'stable', cachePath: path.join(root, '.vscode-test') }).catch(
    () => undefined,
  );
}

/** The download itself retries for minutes; this says within seconds that it is hopeless. */
async function reaches(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  return answer?.ok === true;
}

/** Runs the extension host tests in a desktop VS Code with a user of its own; rejects when they fail. */
export async function runInDesktop(
  executable: string,
  dataDir: string,
  workspace: string,
  testsPath: string,
) {
  const userData = path.join(dataDir, 'desktop');
  mkdirSync(path.join(userData, 'User'), { recursive: true });
  writeFileSync(path.join(userData, 'User', 'settings.json'), JSON.stringify(defaultSettings));
  await runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: root,
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
