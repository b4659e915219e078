/** Runs one suite's files in this process, and leaves its counts where the runner looks for them. */
import { globSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import { root } from './paths';

/** What a suite came to; written as JSON to the file that ASSISTANTS_STUDIO_RESULTS names. */
export interface SuiteResult {
  passed: number;
  failed: number;
  skipped: number;
}

export interface SuiteOptions {
  /** The suite's folder below `test/`. */
  name: string;
  /** Milliseconds a test may take, unless it says otherwise. */
  timeout: number;
  /** Runs only the tests whose full title matches. */
  grep?: string;
  /** Takes the report, a line at a time; the console when left out. */
  print?: (line: string) => void;
}

/** Resolves when the last test is done. */
export async function runSuite({ name, timeout, grep, print }: SuiteOptions): Promise<SuiteResult> {
  // The reporters print through this; a test's own console output goes where it always goes.
  if (print) Mocha.reporters.Base.consoleLog = (...args: unknown[]) => print(format(...args));
  const mocha = new Mocha({ timeout, forbidOnly: true, ...(grep !== undefined && { grep }) });
  for (const file of builtFiles(name)) mocha.addFile(file);
  const result = await new Promise<SuiteResult>((resolve) => {
    const runner = mocha.run(() => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      resolve({ passed: passes, failed: failures, skipped: pending });
    });
  });
  const file = process.env['ASSISTANTS_STUDIO_RESULTS'];
  if (file) writeFileSync(file, JSON.stringify(result));
  return result;
}

/** The built tests that still have a source: out/ may hold those of a file that was renamed. */
function builtFiles(name: string): string[] {
  const sources = globSync(`test/${name}/**/*.test.{ts,tsx}`, { cwd: root }).sort();
  return sources.map((source) => path.join(root, 'out', source.replace(/\.tsx?$/, '.js')));
}
