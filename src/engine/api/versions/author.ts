import type { VersionAuthor } from '../../store/versions/versionTable';

/**
 * The header by which the engine's own process says who writes: `vscode` or `import`. It is removed from requests that
 * come over a port.
 */
export const clientHeader = 'x-assistants-studio-client';

/** Characters of a program's name that are kept. */
const maxLength = 200;

/** Who sends a request, as far as it says. */
export function authorOf({ headers }: Request): VersionAuthor {
  const client = headers.get(clientHeader);
  if (client === 'vscode' || client === 'import') return { type: client };
  return { type: 'program', user_agent: userAgent(headers) };
}

/** The name that a program gives itself, without its key, should it be in there. */
function userAgent(headers: Headers): string | null {
  const keys = ['authorization', 'api-key'].map((name) =>
    (headers.get(name) ?? '').replace(/^bearer\s+/i, ''),
  );
  let text = headers.get('user-agent') ?? '';
  for (const key of keys) if (key.trim() !== '') text = text.replaceAll(key.trim(), '…');
  text = text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .slice(0, maxLength)
    .trim();
  return text === '' ? null : text;
}
