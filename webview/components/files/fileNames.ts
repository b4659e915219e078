/** The names of files for people. Anybody may have given them. */
import { visible } from '../../hiddenCharacters';

/** Characters of a name that are shown. */
const maxNameLength = 200;

/** A name as it is, on one line. */
export function displayName(name: string): string {
  const line = name.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return visible(line.length > maxNameLength ? `${line.slice(0, maxNameLength)}…` : line);
}
