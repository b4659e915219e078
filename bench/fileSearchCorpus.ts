/** Documents of the installed packages, and questions whose answering passage is known. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface CorpusDocument {
  id: string;
  text: string;
}

/** A question, and the passage of a document that answers it, by offsets. */
export interface Question {
  text: string;
  documentId: string;
  start: number;
  end: number;
}

export interface Corpus {
  documents: CorpusDocument[];
  questions: Question[];
}

const root = path.resolve('node_modules');
const manualGlobs = ['*/README.md', '@*/*/README.md', '*/docs/**/*.md', 'playwright-core/lib/**/*.md'];
/** Headings that many manuals share, which are useless as questions. */
const general =
  /^(install|usage|getting started|license|api|options|examples?|overview|introduction|contribut|change ?log|table of contents|faq|features|support|credits|sponsors|background|quick start|methods|security)/i;

/**
 * The manuals of packages, without their headings. Each unique heading of two or more words becomes,
 * with the package's name, a question for the section below it.
 */
export function manuals(): Corpus {
  const documents: CorpusDocument[] = [];
  const questions: Question[] = [];
  for (const file of globSync(manualGlobs, { cwd: root }).sort()) {
    const source = readFileSync(path.join(root, file), 'utf8').replace(/\r\n/g, '\n');
    if (source.length < 1_000) continue;
    const { text, sections } = withoutHeadings(source);
    documents.push({ id: file, text });
    for (const { heading, start, end } of sections) {
      if (heading.split(/\s+/).length < 2 || general.test(heading) || end - start < 200) continue;
      questions.push({ text: `${packageOf(file)}: ${heading}`, documentId: file, start, end });
    }
  }
  const count = (question: Question) => questions.filter(({ text }) => text === question.text).length;
  return { documents, questions: questions.filter((question) => count(question) === 1) };
}

/**
 * The accessibility rules of axe-core in one language: the short help text of a rule is the question
 * for its description. The messages of checks are added as further passages.
 */
export function rules(language: '_template' | 'zh_CN' | 'ja' | 'ko'): Corpus {
  const locale = JSON.parse(
    readFileSync(path.join(root, 'axe-core/locales', `${language}.json`), 'utf8'),
  ) as {
    rules: Record<string, { description: string; help: string }>;
    checks: Record<string, unknown>;
  };
  const documents: CorpusDocument[] = [];
  const questions: Question[] = [];
  for (const [id, { description, help }] of Object.entries(locale.rules)) {
    documents.push({ id, text: description });
    if (help !== description) {
      questions.push({ text: help, documentId: id, start: 0, end: description.length });
    }
  }
  for (const [id, check] of Object.entries(locale.checks)) {
    documents.push({ id: `check ${id}`, text: stringsOf(check).join('\n') });
  }
  return { documents, questions };
}

/** The text of declaration files and manuals, to fill an index. */
export function* anyText(): Generator<CorpusDocument> {
  for (const file of globSync(['**/*.md', '**/*.d.ts'], { cwd: root }).sort()) {
    const text = readFileSync(path.join(root, file), 'utf8');
    if (text.length > 4_000 && text.length < 2_000_000) yield { id: file, text };
  }
}

function withoutHeadings(source: string): {
  text: string;
  sections: { heading: string; start: number; end: number }[];
} {
  let text = '';
  let fenced = false;
  const sections: { heading: string; start: number; end: number }[] = [];
  for (const line of source.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? undefined : /^#{1,6}\s+(.+?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) {
      text += `${line}\n`;
      continue;
    }
    const last = sections.at(-1);
    if (last) last.end = text.length;
    const words = heading.replace(/!?\[([^\]]*)\]\([^)]*\)|<[^>]*>|[`*_]/g, '$1').trim();
    sections.push({ heading: words, start: text.length, end: text.length });
  }
  const last = sections.at(-1);
  if (last) last.end = text.length;
  return { text, sections };
}

function packageOf(file: string): string {
  const [first, second] = file.split('/');
  return first!.startsWith('@') ? `${first}/${second}` : first!;
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}
