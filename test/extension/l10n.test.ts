import { deepEqual, ok } from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { formStrings } from '../../src/protocol/formStrings';
import { chatStrings } from '../../src/protocol/strings';
import { extensionFolder } from './support';

const read = (name: string): string => readFileSync(path.join(extensionFolder(), name), 'utf8');
const readEntries = (name: string): Record<string, string> =>
  JSON.parse(read(name)) as Record<string, string>;

describe('the translation into Chinese', () => {
  it('has every string of the source and of the chat, and no other', () => {
    const used = new Set<string>([
      ...wordsOfSource(),
      ...Object.values(chatStrings),
      ...Object.values(formStrings),
    ]);
    const translated = new Set(Object.keys(readEntries('l10n/bundle.l10n.zh-cn.json')));
    deepEqual(
      [...used].filter((words) => !translated.has(words)),
      [],
      'not translated',
    );
    deepEqual(
      [...translated].filter((words) => !used.has(words)),
      [],
      'translated and not used',
    );
  });

  it('keeps the placeholders', () => {
    const places = (words: string): string[] => (words.match(/\{\d\}/g) ?? []).sort();
    const wrong = Object.entries(readEntries('l10n/bundle.l10n.zh-cn.json')).filter(
      ([english, chinese]) => places(english).join() !== places(chinese).join(),
    );
    deepEqual(wrong, []);
  });

  it('has every string of the manifest, in both languages', () => {
    const named = [...read('package.json').matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key!).sort();
    ok(named.length > 0);
    const keys = [...new Set(named)];
    deepEqual(Object.keys(readEntries('package.nls.json')).sort(), keys);
    deepEqual(Object.keys(readEntries('package.nls.zh-cn.json')).sort(), keys);
  });

  it('leads to the same commands', () => {
    const links = (text: string): string[] => text.match(/\(command:[^)]+\)/g) ?? [];
    const chinese = readEntries('package.nls.zh-cn.json');
    for (const [key, english] of Object.entries(readEntries('package.nls.json'))) {
      deepEqual(links(chinese[key] ?? ''), links(english), key);
    }
  });
});

/** The strings passed to `l10n.t`; it must be called with literals, which this search can find. */
function wordsOfSource(): string[] {
  const folder = path.join(extensionFolder(), 'src');
  return globSync('**/*.ts', { cwd: folder }).flatMap((file) => {
    const source = readFileSync(path.join(folder, file), 'utf8');
    return [...source.matchAll(/l10n\.t\(\s*'((?:[^'\\]|\\.)*)'/g)].map(([, words]) => words!);
  });
}
