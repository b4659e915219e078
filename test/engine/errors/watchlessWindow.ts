/**
 * The embedded engine of a window, in a process that cannot watch files. Creates an assistant, deletes the
 * database and sends what the engine reports to the parent process.
 */
import { registerHooks } from 'node:module';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Reporter } from '../../../src/client/errors/reporter';
import { createDemoModel } from '../../../src/engine/models/demo';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? {
          url: pathToFileURL(join(__dirname, 'vscodeStub.js')).href,
          format: 'commonjs',
          shortCircuit: true,
        }
      : next(specifier, context),
});

async function main(dataDir: string): Promise<void> {
  // Imported after the hook is in place.
  const { EmbeddedEngine } = await import('../../../src/client/engine/embeddedEngine');
  const reporter = { info: () => undefined, log: console.error } as unknown as Reporter;
  const connection = { id: 'demo', label: 'Demo', provider: createDemoModel() };
  const engine = new EmbeddedEngine(dataDir, join(process.cwd(), 'dist'), () => [connection], reporter);
  const loss = new Promise((resolve) => engine.onDidLoseData(() => resolve('lost')));
  const response = await engine.fetch('http://engine/v1/assistants', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"model":"demo/tutor"}',
  });
  process.send?.(response.status);
  // Keeps the process alive: the engine's timers do not.
  process.on('message', () => undefined);
  for (const ending of ['', '-wal', '-shm']) rmSync(join(dataDir, `assistants.db${ending}`), { force: true });
  process.send?.(await loss);
  await engine.close();
  process.disconnect();
}

void main(process.argv[2] ?? '');
