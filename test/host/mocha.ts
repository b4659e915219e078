/** Runs one suite's files in this process, and writes its counts to the file that the runner reads. */
import { globSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import fc from 'fast-check';
import Mocha from 'mocha';
import { root } from './paths';

/** A suite's result; written as JSON to the file that ASSISTANTS_STUDIO_RESULTS names. */
export interface SuiteResult {
  passed: number;
  failed: number;
  skipped: number;
  /** The full titles of the failed tests, each with the first line of its error. */
  failures: string[];
  /** The same of the tests that passed only when they were run again. */
  unsteady: string[];
}

export interface SuiteOptions {
  /** The suite's folder below `test/`. */
  name: string;
  /** The default timeout of a test, in milliseconds. */
  timeout: number;
  /** Runs only the tests whose full title matches. */
  grep?: string;
  /** Prints a line of the report; the console by default. */
  print?: (line: string) => void;
}

/** So that a run repeats the one before; another seed in FAST_CHECK_SEED tries other inputs. */
const defaultSeed = 20_260_101;

/** Resolves when the last test is done. */
export async function runSuite({ name, timeout, grep, print }: SuiteOptions): Promise<SuiteResult> {
  fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? defaultSeed) });
  // Redirects only the reporters, not the console output of tests.
  if (print) Mocha.reporters.Base.consoleLog = (...args: unknown[]) => print(format(...args));
  const mocha = new Mocha({ timeout, forbidOnly: true, retries: 1, ...(grep !== undefined && { grep }) });
  for (const file of builtFiles(name)) mocha.addFile(file);
  const result = await new Promise<SuiteResult>((resolve) => {
    const failed = new Map<string, string>();
    const retried = new Map<string, string>();
    const runner = mocha.run(() => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      for (const title of failed.keys()) retried.delete(title);
      resolve({
        passed: passes,
        failed: failures,
        skipped: pending,
        failures: [...failed.values()],
        unsteady: [...retried.values()],
      });
    });
    runner.on('fail', (test, error: unknown) => failed.set(test.fullTitle(), lineOf(test, error)));
    runner.on('retry', (test: Mocha.Test, error: unknown) => {
      retried.set(test.fullTitle(), lineOf(test, error));
      (print ?? console.log)(`⚠ ${error instanceof Error ? error.stack : String(error)}`);
    });
  });
  const file = process.env['ASSISTANTS_STUDIO_RESULTS'];
  if (file) writeFileSync(file, JSON.stringify(result));
  return result;
}

function lineOf(test: Mocha.Runnable, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `${test.fullTitle()}: ${reason.split('\n', 1)[0] ?? ''}`;
}

/** The built test files. Found by their sources, because out/ may contain files since renamed. */
function builtFiles(name: string): string[] {
  const sources = globSync(`test/${name}/**/*.test.{ts,tsx}`, { cwd: root }).sort();
  return sources.map((source) => path.join(root, 'out', source.replace(/\.tsx?$/, '.js')));
}
