import { PythonEndedError } from './pythonProcess';
import type { CodeLimits } from '../codeTypes';

const lost =
  'The next call gets a fresh interpreter: variables are gone, and so is what this call did in /mnt/data';

/** Why a call came to no end of its own, for the model and the user. */
export function explain(error: unknown, cancelled: boolean, { timeMs, memoryMb }: CodeLimits): string {
  if (cancelled) return `The call was cancelled. ${lost}`;
  if (!(error instanceof PythonEndedError)) {
    return `The code interpreter failed: ${error instanceof Error ? error.message : String(error)}. ${lost}`;
  }
  switch (error.end) {
    case 'time':
      return `The code was stopped: it ran for longer than ${timeMs / 1000} seconds. ${lost}`;
    case 'memory':
      return `The code was stopped: it took more memory than there is (${memoryMb} MB). ${lost}`;
    case 'refused':
      return `Python was not started, because it would not be locked in here (${error.detail})`;
    case 'crashed':
      return `The Python interpreter crashed. ${lost}`;
    case 'cancelled':
    case 'closed':
      return `The interpreter was closed during the call. ${lost}`;
  }
}
