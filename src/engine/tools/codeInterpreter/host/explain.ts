import { PythonEndedError } from './pythonProcess';
import type { CodeLimits } from '../codeTypes';
import { errorText } from '../errorText';

const lost =
  'The next call starts with a fresh interpreter: variables are lost, and so are the changes that this call made in /mnt/data';

/** Explains to the model and the user why a call did not complete. A sentence without its full stop. */
export function explain(error: unknown, cancelled: boolean, { timeMs, memoryMb }: CodeLimits): string {
  if (cancelled) return `The call was cancelled. ${lost}`;
  if (!(error instanceof PythonEndedError)) {
    return `The code interpreter failed: ${errorText(error).replace(/\.$/, '')}. ${lost}`;
  }
  switch (error.reason) {
    case 'time':
      return `The code was stopped: it ran for longer than ${timeMs / 1000} seconds. ${lost}`;
    case 'memory':
      return `The code was stopped: it used more memory than allowed (${memoryMb} MB). ${lost}`;
    case 'refused':
      return `Python was not started, because its sandbox would not be secure on this machine (${error.detail})`;
    case 'crashed':
      return `The Python interpreter crashed. ${lost}`;
    case 'cancelled':
    case 'closed':
      return `The interpreter was closed during the call. ${lost}`;
  }
}
