// The licences of third-party code in the package.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';

const require = createRequire(import.meta.url);
const rule = `\n\n${'-'.repeat(80)}\n\n`;

/** The text of ThirdPartyNotices.txt: the package of each of these files, with its licence. */
export function thirdPartyNotices(files) {
  const folders = new Map();
  for (const file of files) {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file) ?? [];
    if (folder === undefined) continue;
    // A folder inside a package may have its own licence file.
    folders.set(folder, (folders.get(folder) ?? new Set([folder])).add(dirname(file)));
  }
  const notices = [...folders].map(([folder, places]) => noticeOf(folder, [...places]));
  if (folders.has('node_modules/pyodide')) notices.push(pythonNotice());
  const head =
    'Assistants Studio includes the following third-party software, in whole or in part, under these licences.';
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

/** The text of a licence by its SPDX id, for a package without a licence file. */
function licenceText(id, name, author = `the authors of ${name}`) {
  const file = join(dirname(require.resolve('spdx-license-list/package.json')), 'licenses', `${id}.json`);
  if (!existsSync(file)) throw new Error(`The licence of the package ${name} is unknown: ${id}.`);
  const { licenseText } = JSON.parse(readFileSync(file, 'utf8'));
  return licenseText.replace('<year> <copyright holders>', author).trim();
}

/** Pyodide contains CPython; its package does not say so. */
function pythonNotice() {
  const lock = readFileSync(join(root, 'node_modules/pyodide/pyodide-lock.json'), 'utf8');
  const { python } = JSON.parse(lock).info;
  const head = `CPython ${python} (Python-2.0), as included in Pyodide\nhttps://www.python.org/`;
  return `${head}\n\n${licenceText('Python-2.0', 'CPython')}`;
}
