import type { ContextChoice } from '../../../src/protocol/context';
import { ChangesIcon, ErrorIcon, FileIcon, LinesIcon, SymbolIcon, TerminalIcon } from '../ui/icons';

/** The icon of context, by its kind. */
export function ContextIcon({ kind }: { kind: ContextChoice['kind'] }) {
  switch (kind) {
    case 'lines':
      return <LinesIcon />;
    case 'symbol':
      return <SymbolIcon />;
    case 'problems':
      return <ErrorIcon />;
    case 'terminal':
      return <TerminalIcon />;
    case 'diff':
      return <ChangesIcon />;
    default:
      return <FileIcon />;
  }
}
