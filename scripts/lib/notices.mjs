// The licences of what others wrote and the package holds.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';

const require = createRequire(import.meta.url);
const rule = `\n\n${'-'.repeat(80)}\n\n`;

/** The text of ThirdPartyNotices.txt: each package that one of these files is of, with its licence. */
export function thirdPartyNotices(files) {
  const folders = new Map();
  for (const file of files) {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file) ?? [];
    if (folder === undefined) continue;
    // A part of a package may have a licence of its own beside it.
    folders.set(folder, (folders.get(folder) ?? new Set([folder])).add(dirname(file)));
  }
  const notices = [...folders].map(([folder, places]) => noticeOf(folder, [...places]));
  if (folders.has('node_modules/pyodide')) notices.push(pythonNotice());
  const head = 'Assistants Studio holds, whole or in part, what is named below, under these licences.';
  return `${[head, ...new Set(notices.sort())].join(rule)}\n`;
}

function noticeOf(folder, places) {
  const { name, version, license, homepage, repository, author } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  );
  const texts = places.flatMap((place) => licenceFiles(place));
  const address = homepage ?? repository?.url ?? repository;
  if (texts.length === 0) texts.push(licenceText(license, name, author?.name ?? author));
  return [[`${name} ${version} (${license})`, address].filter(Boolean).join('\n'), ...texts].join('\n\n');
}

function licenceFiles(folder) {
  return readdirSync(join(root, folder))
    .filter((name) => /^(licen[cs]e|notice|copying)\b/i.test(name) && !/\.[cm]?[jt]s$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), 'utf8').trim());
}

/** For a package that brings no text: that of the licence it names. */
function licenceText(id, name, author = `the authors of ${name}`) {
  const file = join(dirname(require.resolve('spdx-license-list/package.json')), 'licenses', `${id}.json`);
  if (!existsSync(file)) throw new Error(`The package ${name} has no licence that can be told: ${id}.`);
  const { licenseText } = JSON.parse(readFileSync(file, 'utf8'));
  return licenseText.replace('<year> <copyright holders>', author).trim();
}

/** Pyodide is CPython; its package does not say so. */
function pythonNotice() {
  const lock = readFileSync(join(root, 'node_modules/pyodide/pyodide-lock.json'), 'utf8');
  const { python } = JSON.parse(lock).info;
  const head = `CPython ${python} (Python-2.0), as Pyodide holds it\nhttps://www.python.org/`;
  return `${head}\n\n${licenceText('Python-2.0', 'CPython')}`;
}
