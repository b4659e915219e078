import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Row } from './row';

/** Measures with a new folder, which is deleted afterwards. */
export async function inFolder(measure: (folder: string) => Promise<Row>): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  try {
    return await measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
