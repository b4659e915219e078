import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../host/paths';
import {
  code,
  functionCall,
  growing,
  message,
  pendingCall,
  pendingQuiz,
  step,
  threadId,
  waitingFor,
  waitingStep,
} from './samples';
import { freshPanel, openCards, show } from './suite';

/** Repeats a text up to the length that is still parsed as Markdown. */
const repeated = (text: string, length = 99_000) => text.repeat(Math.floor(length / text.length));

/** Nested macros: a few letters that expand to more than fits into memory. */
const nestedMacros = [...'abcdefgh'].map((letter, index, all) => {
  return `\\def\\${letter}{${(index === 0 ? 'x' : `\\${all[index - 1]}`).repeat(400)}}`;
});

/** Texts that would take long to parse or to render without limits. */
const texts: Record<string, string> = {
  'a formula that names itself': '$\\def\\a{\\a\\a}\\a$',
  'a formula of names': `$${nestedMacros.join('').slice(0, 9000)}\\h$`,
  'a formula that repeats its letters': `$\\def\\a{${'x'.repeat(3000)}}${'\\a'.repeat(400)}$`,
  'a formula that repeats what it is given': `$\\def\\a#1{${'#1'.repeat(2000)}}\\a{${'x'.repeat(4000)}}$`,
  'a formula of nested accents': `$${'\\hat{'.repeat(400)}x${'}^2'.repeat(400)}$`,
  'a formula of open braces': `$${'{'.repeat(9000)}$`,
  'tables as formulas': repeated(`$$\\begin{matrix}${'&'.repeat(9900)}\\end{matrix}$$\n\n`),
  'thousands of formulas': repeated('$x$ '),
  'thousands of paragraphs': repeated('a\n\n'),
  'thousands of code blocks': repeated('```\na\n```\n'),
  'open brackets': repeated('['),
  'open images': repeated('![a](https://a.example/"'),
  'open marks': repeated('**a_'),
  'ticks in all numbers': Array.from({ length: 440 }, (_, count) => `${'`'.repeat(count)}a`).join(''),
  'open tags': repeated('<a href="'),
  'nested quotations': repeated('> > > > > x\n'),
  'nested lists': repeated('- - - - - - - - x\n'),
  'a table of a row': `${repeated('|a', 30_000)}\n${repeated('|-', 30_000)}\n${repeated('|b', 30_000)}`,
  'a table of thousands of rows': `|a|b|\n|-|-|\n${repeated('|a|b|\n')}`,
  'accents in a row': repeated('\u0301'),
  'addresses in a row': repeated('https://a.'),
  'directions in code': `\`${repeated('\u202ea')}\``,
  'directions in a row': repeated('\u202ea\u202d'),
  'directions without spaces': repeated('aא'),
  'direction marks without spaces': repeated('\u200fa'),
  'isolated directions': repeated('\u2067a\u2069'),
  'letters with accents': repeated('a\u0301'),
  'citation marks': repeated('【4:0†a】'),
  'Thai without words': repeated('ก็'),
  'directions in a code block': `\`\`\`\n${repeated('aא')}\n\`\`\``,
  'code without an end': `\`\`\`js\n${repeated('`${a(/')}`,
};

/** The slowest code for each language's highlighter, to be repeated up to the limit of highlighting. */
const lines: Record<string, string[]> = {
  bash: ['"', '<<A\n'],
  c: ['a', 'operator'],
  cpp: ['operatora', 'template<'],
  csharp: ['func aa ', 'throws \n'],
  css: ["'", 'a='],
  diff: ['- \n', '![\n'],
  go: ["'", '1.'],
  java: ['$', 'a\u00e9'],
  javascript: ['<A/>', '\n', '('],
  json: [']', '{'],
  julia: ['1_a', '``'],
  kotlin: ['_a_a', '1.'],
  latex: ['\\', '\\begin{'],
  markdown: ['[a](', '<script>', '**a_'],
  php: ['__END__', 'a('],
  python: ['.1', 'f"{'],
  r: ['.', '$('],
  ruby: ['<<A\n\n', '1_a'],
  rust: ['r#"', 'a('],
  sql: ['<a>', '+++'],
  swift: ['(', '|x|('],
  typescript: ['<A/>', '\n', 'A<'],
  xml: ['<script>', '<a b=('],
  yaml: ['[', '{%'],
};

/** The same for the languages that are loaded when a text has code in them. */
const moreLines: Record<string, string[]> = {
  ada: ['"', '\n'],
  apache: ['_', '1'],
  applescript: ['"', '\n'],
  arduino: ['throw', 'a'],
  armasm: ['"', 'a='],
  asciidoc: ['\n_* ', '\n_FIXME it'],
  autohotkey: ['"', '\n'],
  awk: ['1', '2'],
  basic: ['3 1e ', '"""'],
  bnf: ['::=', '\n ::= '],
  clojure: ['(', 'a('],
  cmake: ['1', '""" 2'],
  coffeescript: ['1.', '\n'],
  coq: ['3[', '1'],
  crystal: ['1', '|'],
  d: ['1', '"""'],
  dart: ['a(', '3'],
  delphi: ['$', '%'],
  django: ['1e<a', '<a /0x&'],
  dns: ['a(', '('],
  dockerfile: ['ll#{s', '0x1#<<A\n'],
  dos: ['1', '\n'],
  ebnf: ['a(', 'a:'],
  elixir: ['a:', ':I'],
  elm: ['1', 'a'],
  erb: ['<%', '<a'],
  erlang: ['a(', '1.'],
  excel: [':', '"'],
  fortran: ['"', '3='],
  fsharp: ['$', '\n'],
  gherkin: ['#', '|//< '],
  glsl: ['1.', '3/# '],
  gradle: ['1', '"""'],
  graphql: ['a:', '|'],
  groovy: ['1', ':I'],
  haml: ['-', '\n'],
  handlebars: ['<a :I:I', '<<A\nA. t'],
  haskell: ["'", '\n'],
  haxe: ['enum soXXX n ', '_ 1{% """'],
  http: ['a:', 'a: #{'],
  ini: ['1.', 'a'],
  less: ['a(', 'a'],
  lisp: ['(', 'a('],
  llvm: ['=', '\n'],
  lua: ['0', '3'],
  makefile: ['"""', '"'],
  matlab: ['1', '\n'],
  mipsasm: ['1', '\n'],
  nginx: ['#', '# '],
  nim: ['# ', '1.'],
  nix: ['<', '-'],
  objectivec: ['"', '1'],
  ocaml: ['"', "'"],
  openscad: ['#', '%'],
  perl: ['(', '['],
  pgsql: ['1', '"'],
  powershell: ['$', '['],
  processing: ['a(', '1'],
  prolog: ['[', "'"],
  properties: ['1', '\n'],
  protobuf: ['1', '\n'],
  puppet: ['"', '"""'],
  'python-repl': ['>>> `_{', '>>> & '],
  qml: ['{{', '\n'],
  reasonml: ['0', '\n'],
  sas: ['cards;', '\n'],
  scala: [':I', '\n'],
  scheme: ['(', '['],
  scss: ['3', 'a='],
  smalltalk: ['"', '1'],
  sml: ['3', '2'],
  stata: ['"', '"""'],
  stylus: ["'", '3'],
  tcl: ['1.', '=3 '],
  thrift: ['2$', '3'],
  twig: ['<a', '\u00e9<<A\n '],
  vala: ['3 -', '1.'],
  vbnet: ['1', '&3'],
  vbscript: ["'", '1.'],
  verilog: ['2', '3'],
  vhdl: ['1', '3'],
  vim: ['1', "'"],
  wasm: ['3', '"""'],
  x86asm: ['3', '\n'],
  xquery: ['_', '1'],
};

/**
 * Milliseconds of processor time that one task of the page may take: many times what any takes. Work
 * that grows with the square of a text's length exceeds it by far.
 */
const maxTask = 5_000;

const fence = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\`\n`;

describe('a message that takes long to render', () => {
  const panel = freshPanel();

  /** Shows a text, and streams half of it into another answer, while the user types. */
  async function writeBeside(text: string): Promise<void> {
    const work = await panel().longestTask(async () => {
      await show(panel(), [message('a', text), growing('b')]);
      const half = text.slice(0, text.length / 2);
      await panel().receive({ type: 'delta', threadId, messageId: 'b', contentIndex: 0, text: half });
      await panel().page.getByRole('textbox').fill('Still here?');
      await panel().page.keyboard.press('Enter');
      assert.equal((await panel().waitForQuestion('send')).params.text, 'Still here?');
    });
    assert.ok(work < maxTask, `One task took ${Math.round(work)} ms.`);
  }

  for (const [what, text] of Object.entries(texts)) {
    it(`does not block the panel: ${what}`, () => writeBeside(text));
  }

  for (const [language, patterns] of Object.entries({ ...lines, ...moreLines })) {
    it(`does not block the panel: ${language} that is slow to highlight`, async () => {
      // In one line, and in lines that are each short enough to be highlighted.
      const texts = patterns.flatMap((pattern) => {
        const line = repeated(pattern, 9_800);
        return [line, line.replace(/.{900}/gs, '$&\n')];
      });
      await writeBeside(texts.map((text) => fence(language, text)).join('\n'));
    });
  }

  it('is highlighted in the end, however many code blocks there are', async () => {
    const pieces = Array.from({ length: 300 }, (_, index) => fence('csharp', `public int a${index};`));
    await show(panel(), [message('a', pieces.join('\n'))]);
    await panel().page.locator('.code-block').nth(299).locator('.hljs-keyword').first().waitFor();
  });

  it('has code for every language that is highlighted', () => {
    const named = (...file: string[]) => {
      const source = readFileSync(path.join(root, 'webview', ...file), 'utf8');
      return [...source.matchAll(/highlight\.js\/lib\/languages\/([\w-]+)/g)].map(([, name]) => name).sort();
    };
    assert.deepEqual(Object.keys(lines).sort(), named('markdown', 'highlight.ts'));
    assert.deepEqual(Object.keys(moreLines).sort(), named('languages.ts'));
  });

  it('is shown as source if it defines TeX macros', async () => {
    await show(panel(), [message('a', 'A $\\def\\a{xyz}\\a$ and $x^2$')]);
    assert.match(await panel().page.locator('.message-body').innerText(), /\\def\\a\{xyz\}\\a/);
    assert.equal(await panel().page.locator('.message-body .katex').count(), 1);
  });

  it('renders its first formulas, and shows the TeX of those over the limit', async () => {
    await show(panel(), [message('a', repeated('$x$ ', 20_000))]);
    const drawn = await panel().page.locator('.math-inline .katex').count();
    const source = await panel().page.locator('.math-source').count();
    assert.equal(drawn + source, 5000);
    assert.ok(drawn > 500 && drawn < 5000, String(drawn));
  });
});

describe('JSON nested ten thousand times', () => {
  const panel = freshPanel();
  const depth = 10_000;
  const deep = `{"city":${'['.repeat(depth)}${']'.repeat(depth)}}`;

  it('is shown as it came in a call, in its output and in a form', async () => {
    const waiting = pendingCall(
      'weather',
      deep,
      { kind: 'user' },
      { parameters: { properties: { city: { title: 'City' } } } },
    );
    await show(panel(), [message('a', 'x', { run_id: 'run_sample' })], waitingFor(waiting));
    await panel().receive({
      type: 'steps',
      threadId,
      steps: [
        step('s', [
          functionCall('f', deep, deep),
          functionCall('display_quiz', deep, deep),
          code(deep, deep),
        ]),
        waitingStep(waiting),
      ],
    });
    await panel().page.locator('.call').nth(3).waitFor();
    await openCards(panel());
    const shown = await panel().page.getByRole('group', { name: 'Input' }).allInnerTexts();
    assert.equal(shown.length, 4);
    for (const text of shown) assert.ok(text.startsWith('{"city":[[['), text.slice(0, 80));
  });

  it('is not shown as a quiz, nor as an answer to one', async () => {
    const quiz = pendingQuiz({ title: 'x', questions: [{ question_text: 'Why?', choices: [deep] }] });
    await show(panel(), [message('a', 'x', { run_id: 'run_sample' })], waitingFor(quiz));
    await panel().receive({ type: 'steps', threadId, steps: [waitingStep(quiz)] });
    await panel().page.getByRole('button', { name: 'Submit' }).waitFor();
  });
});
