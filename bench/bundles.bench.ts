import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Row } from './row';
import { stagedExtension } from './staged';

const megabyte = 1_000_000;

/** Sizes of the minified bundles, which are loaded at start; without fonts. */
export function rows(): Promise<Row[]> {
  return Promise.resolve([
    sizeRow('host bundle, minified: what is loaded at activation', loadedWith('extension.js'), 1.2),
    sizeRow('webview bundle with styles, minified', ['webview.js', 'webview.css'], 0.9),
  ]);
}

/** A bundle and the chunks that it requires at once, not by `import()`. */
function loadedWith(name: string, found = new Set<string>()): string[] {
  if (found.has(name)) return [];
  found.add(name);
  const code = readFileSync(path.join(stagedExtension(), 'dist', name), 'utf8');
  for (const [, later, chunk] of code.matchAll(/(\.then\(\(\)=>[^()]*\(?)?require\("(\.[^"]+)"\)/g))
    if (later === undefined && chunk !== undefined) loadedWith(path.join(path.dirname(name), chunk), found);
  return [...found];
}

function sizeRow(what: string, files: readonly string[], limit: number): Row {
  const sizes = files.map(
    (name) => statSync(path.join(stagedExtension(), 'dist', name), { throwIfNoEntry: false })?.size ?? 0,
  );
  const size = sizes.reduce((a, b) => a + b, 0) / megabyte;
  return {
    what,
    measured: `${size.toFixed(2)} MB`,
    against: '–',
    ratio: `${size.toFixed(2)} MB`,
    limit: `${limit} MB`,
    met: size <= limit,
  };
}
