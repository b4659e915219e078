/** Displays file names, which are untrusted. */
import { visible } from '../../hiddenCharacters';

/** Characters of a name that are shown. */
const maxNameLength = 200;

/** A name on one line, shortened, with hidden characters made visible. */
export function displayName(name: string): string {
  const line = name.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return visible(line.length > maxNameLength ? `${line.slice(0, maxNameLength)}…` : line);
}
