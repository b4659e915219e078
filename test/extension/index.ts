/** Entry point of the tests in the extension host. */
import { appendFileSync } from 'node:fs';
import { runSuite } from '../host/mocha';

export async function run(): Promise<void> {
  process.setSourceMapsEnabled(true);
  const report = process.env['ASSISTANTS_STUDIO_REPORT'];
  // The runner cannot see the extension host's console: the report is written to a file.
  const print = report ? (line: string) => appendFileSync(report, `${line}\n`) : undefined;
  try {
    const { failed } = await runSuite({
      name: 'extension',
      timeout: 60_000,
      grep: process.env['ASSISTANTS_STUDIO_GREP'],
      print,
    });
    if (failed > 0) throw new Error(`${failed} tests failed.`);
  } catch (error) {
    print?.(error instanceof Error ? (error.stack ?? error.message) : String(error));
    throw error;
  }
}
