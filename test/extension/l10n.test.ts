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

  it('has no English words but names and code', () => {
    const texts = ['l10n/bundle.l10n.zh-cn.json', 'package.nls.zh-cn.json'].flatMap((file) =>
      Object.entries(readEntries(file)),
    );
    const found = texts.filter(([, chinese]) => englishIn(chinese).length > 0);
    deepEqual(
      found.map(([english, chinese]) => `${english}: ${chinese} (${englishIn(chinese).join(', ')})`),
      [],
    );
  });

  it('has one style: its words, its quotes, and its way to address the user', () => {
    const texts = Object.entries({
      ...readEntries('l10n/bundle.l10n.zh-cn.json'),
      ...readEntries('package.nls.zh-cn.json'),
    });
    const wrong = texts.filter(([, chinese]) => /您|令牌|「|」|『|』|应答错误|输入名字/.test(chinese));
    deepEqual(wrong, []);
    // Half-width marks after Chinese are of English; those of code and formulas stay.
    const marks = texts.filter(([, chinese]) => /\p{Script=Han}[,;!?](?!\w)/u.test(chinese));
    deepEqual(marks, []);
  });

  it('calls commands by their titles in links', () => {
    const chinese = readEntries('package.nls.zh-cn.json');
    for (const [key, text] of Object.entries(chinese)) {
      if (!key.startsWith('setting.')) continue;
      for (const [, words, id] of text.matchAll(/\[([^\]]+)\]\(command:assistantsStudio\.([\w.]+)\)/g)) {
        deepEqual(words, chinese[`command.${id}`], key);
      }
    }
  });

  it('leads to the same commands', () => {
    const links = (text: string): string[] => text.match(/\(command:[^)]+\)/g) ?? [];
    const chinese = readEntries('package.nls.zh-cn.json');
    for (const [key, english] of Object.entries(readEntries('package.nls.json'))) {
      deepEqual(links(chinese[key] ?? ''), links(english), key);
    }
  });
});

/** Names and terms that are the same in every language. */
const names =
  /\b(Assistants|Assistants Studio|Studio|Keep Model Requests|Escape|kind|label|contextWindow|headers|input|Top P|USD|EUR|CNY|Developer|SiliconFlow|DashScope|Moonshot|Kimi|GLM|Qwen|llama-server|llama|VS Code|GitHub|Copilot|Copilot Chat|OpenAI|Azure|Ollama|LM Studio|vLLM|xAI|Mistral|Anthropic|Claude|Google|Gemini|DeepSeek|Groq|OpenRouter|Chat Completions|Responses|Python|TypeScript|JavaScript|Node|JSON|JSON Schema|Schema|Markdown|SQLite|NFS|SMB|API|REST|AI|ID|URL|URI|HTTP|HTTPS|HTML|CSV|PDF|DOCX|PPTX|XLSX|ZIP|MCP|SSH|WSL|LaTeX|TeX|UTF|BOM|POST|CPU|GPU|MB|GB|KB|TB|Enter|Shift|Ctrl|Alt|Esc|Tab|true|false|null|strict|type|object|base|additionalProperties|connection|model|Windows|Linux|macOS|Git|gitignore|py|js|ts|mjs)\b/gi;

/** The English words that are left in a Chinese text, without code, placeholders, addresses and names. */
function englishIn(text: string): string[] {
  const plain = text
    .replace(/`[^`]*`/g, '')
    .replace(/\]\([^)]*\)/g, '')
    .replace(/assistantsStudio[.\w]*|--[\w-]+|\w+_\w+|\{\d\}|https?:\S+|[\w.-]*\/[\w./-]+|\.\w+/g, '')
    .replace(names, '');
  return plain.match(/[A-Za-z]{2,}/g) ?? [];
}

/** The strings passed to `l10n.t`; it must be called with literals, which this search can find. */
function wordsOfSource(): string[] {
  const folder = path.join(extensionFolder(), 'src');
  return globSync('**/*.ts', { cwd: folder }).flatMap((file) => {
    const source = readFileSync(path.join(folder, file), 'utf8');
    return [...source.matchAll(/l10n\.t\(\s*'((?:[^'\\]|\\.)*)'/g)].map(([, words]) => words!);
  });
}
