/** Syntax highlighting, for a selection of common languages; `moreLanguages.ts` loads others. */
import type { LanguageFn } from 'highlight.js';
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import julia from 'highlight.js/lib/languages/julia';
import kotlin from 'highlight.js/lib/languages/kotlin';
import latex from 'highlight.js/lib/languages/latex';
import markdown from 'highlight.js/lib/languages/markdown';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import r from 'highlight.js/lib/languages/r';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import swift from 'highlight.js/lib/languages/swift';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const languages = {
  ...{ bash, c, cpp, csharp, css, diff, go, java, javascript, json, julia, kotlin, latex, markdown },
  ...{ php, python, r, ruby, rust, sql, swift, typescript, xml, yaml },
};
registerLanguages(languages);
// highlight.js has another language of this name, for prompts with the output after them.
hljs.registerAliases('shell', { languageName: 'bash' });
hljs.registerAliases(['vue', 'svelte'], { languageName: 'xml' });
hljs.registerAliases('objective-c', { languageName: 'objectivec' });

/** Adds languages to those that are highlighted. */
export function registerLanguages(definitions: Readonly<Record<string, LanguageFn>>): void {
  for (const [name, definition] of Object.entries(definitions)) hljs.registerLanguage(name, definition);
}

/** Whether code in this language is highlighted. */
export function hasLanguage(language: string): boolean {
  return hljs.getLanguage(language) !== undefined;
}

/** Longer code is not highlighted: that would block the page. */
const maxCodeLength = 10_000;
/** The same for grammars that look through all that follows, by the languages' names. */
const maxLengthsOf: Readonly<Record<string, number>> = {
  ...{ 'C#': 5_000, 'TOML, also INI': 4_000, Arduino: 4_000, AsciiDoc: 4_000 },
};
/** White space in a row that is not highlighted: many grammars look for its end from each of its characters. */
const muchSpace = /\s{300}/;
/** The same for a line of code: what looks for the end of something looks through the line each time. */
const maxLineLength = 1_000;
/** So the time grows with the squares of the lines: this bounds their sum, to about a tenth of a second. */
const maxLineSquares = 1_600_000;
/** The same while the code still grows and is coloured again with every frame. */
const maxGrowingCodeLength = 5_000;

/** Highlighted HTML (not sanitised), or undefined if the code is too long or its language unknown. */
export function highlight(code: string, language: string, growing: boolean): string | undefined {
  if (code.length > (growing ? maxGrowingCodeLength : maxCodeLength)) return undefined;
  const name = hljs.getLanguage(language)?.name ?? '';
  if (Object.hasOwn(maxLengthsOf, name) && code.length > maxLengthsOf[name]!) return undefined;
  if (muchSpace.test(code)) return undefined;
  const lengths = code.split('\n').map(({ length }) => length);
  if (lengths.some((length) => length > maxLineLength)) return undefined;
  if (lengths.reduce((sum, length) => sum + length ** 2, 0) > maxLineSquares) return undefined;
  const known = hljs.getLanguage(language) === undefined ? undefined : language;
  return known && hljs.highlight(code, { language: known, ignoreIllegals: true }).value;
}

/** The language's display name, or the name at the fence if it is unknown. */
export function languageLabel(language: string): string {
  const name = hljs.getLanguage(language)?.name;
  // “HTML, XML” is one definition for both; the fence names the one that it is.
  return name === undefined || name.includes(',') ? language : name;
}

/** VS Code's language ids, where they differ from the names at fences. */
const editorLanguages: Record<string, string> = {
  ...{ py: 'python', js: 'javascript', ts: 'typescript', rb: 'ruby', rs: 'rust', kt: 'kotlin' },
  ...{ jsx: 'javascriptreact', tsx: 'typescriptreact', 'c++': 'cpp', cs: 'csharp', 'c#': 'csharp' },
  ...{ bash: 'shellscript', sh: 'shellscript', shell: 'shellscript', zsh: 'shellscript' },
  ...{
    bat: 'bat',
    cmd: 'bat',
    dos: 'bat',
    docker: 'dockerfile',
    ps1: 'powershell',
    ps: 'powershell',
    hs: 'haskell',
  },
  ...{
    'objective-c': 'objective-c',
    objectivec: 'objective-c',
    objc: 'objective-c',
    mm: 'objective-cpp',
    pl: 'perl',
    make: 'makefile',
  },
  ...{ toml: 'toml', gql: 'graphql', 'f#': 'fsharp', fs: 'fsharp', clj: 'clojure', vb: 'vb', vbnet: 'vb' },
  ...{ yml: 'yaml', md: 'markdown', tex: 'latex', golang: 'go', text: 'plaintext', '': 'plaintext' },
};

/** VS Code's language id for the name at a fence. */
export function editorLanguage(language: string): string {
  const name = language.toLowerCase();
  return Object.hasOwn(editorLanguages, name) ? editorLanguages[name]! : name;
}
