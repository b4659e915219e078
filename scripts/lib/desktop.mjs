// A desktop VS Code: the user's own, or one downloaded by @vscode/test-electron.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { capture, say } from './process.mjs';

const releases = 'https://update.code.visualstudio.com/api/releases/stable';

/**
 * The executable of VSCODE_PATH, or of a download: of the version of VSCODE_VERSION, “oldest” for the oldest one
 * that package.json supports, or else the newest. Undefined without a screen or the network.
 */
export async function findDesktop(nodePath) {
  if (process.env.VSCODE_PATH) return process.env.VSCODE_PATH;
  if (!hasScreen() || !(await reaches(releases))) return undefined;
  say('Downloading VS Code if it is missing…');
  const options = JSON.stringify({ version: wantedVersion(), cachePath: join(root, '.vscode-test') });
  const script = `require('@vscode/test-electron').downloadAndUnzipVSCode(${options})
    .then((path) => process.stdout.write('\\n' + path), (error) => { console.error(error.message); process.exit(1); })`;
  const { code, output } = await capture(nodePath, ['-e', script], { cwd: root });
  if (code === 0) return output.split('\n').at(-1);
  say(`VS Code could not be downloaded: ${output.trim()}`);
  return undefined;
}

export function wantedVersion(wanted = process.env.VSCODE_VERSION || 'stable') {
  if (wanted !== 'oldest') return wanted;
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return engines.vscode.replace('^', '');
}

function hasScreen() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
}

/** Whether a URL can be reached. The download would retry for minutes; this fails within seconds. */
async function reaches(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  return answer?.ok === true;
}
