import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Transfer from '../transfer';

/** Export and import, loaded when they are used: they are a bundle beside this one. */
export function loadTransfer(): typeof Transfer {
  return createRequire(__filename)(join(__dirname, 'transfer.js')) as typeof Transfer;
}

export type {
  Counts,
  ExportReport,
  ExportScope,
  ImportReader,
  ImportReport,
  Kind,
  Problem,
  ProblemReason,
} from '../transfer';
