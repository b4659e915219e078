import type * as Transfer from '../transfer';

/** Export and import, loaded when they are used. */
export function loadTransfer(): Promise<typeof Transfer> {
  return import('../transfer');
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
