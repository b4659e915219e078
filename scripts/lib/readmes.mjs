/**
 * What the Chinese README lacks or has besides the English one, one sentence each. Compared are headings by their
 * level, commands by their id, and pictures by their file.
 * @param {string} english
 * @param {string} chinese
 * @param {{ english: Record<string, string>, chinese: Record<string, string> }} texts package.nls.json in both languages
 */
export function readmeDifferences(english, chinese, texts) {
  const all = [
    ['heading', headings(english), headings(chinese)],
    ['command', commands(english, texts.english), commands(chinese, texts.chinese)],
    ['picture', pictures(english), pictures(chinese)],
  ];
  return all.flatMap(([what, wanted, found]) => [
    ...missing(wanted, found).map((one) => `README.zh-cn.md lacks the ${what} ${one}.`),
    ...missing(found, wanted).map((one) => `README.zh-cn.md has the ${what} ${one}, which README.md lacks.`),
  ]);
}

/** Numbered, so that a missing one is found. */
function headings(text) {
  return [...withoutBlocks(text).matchAll(/^(#+) /gm)].map(([, level], index) => `${level} ${index + 1}`);
}

function commands(text, titles) {
  const ids = new Map(
    Object.entries(titles)
      .filter(([key]) => key.startsWith('command.') && !key.startsWith('command.menu.'))
      .map(([key, title]) => [title, key.slice('command.'.length)]),
  );
  const named = [...text.matchAll(/\*\*(?:Assistants|助手): ([^*]+)\*\*/g)];
  // How often a text names a command is a matter of its language.
  return [...new Set(named.map(([, title]) => ids.get(title) ?? `“${title}”, which is none`))];
}

function pictures(text) {
  return [...text.matchAll(/!\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, path]) => path);
}

function withoutBlocks(text) {
  return text.replace(/^```[^]*?^```/gm, '');
}

/** Those of one list that the other has not, or not as often. */
function missing(wanted, found) {
  const left = [...found];
  return wanted.filter((one) => {
    const index = left.indexOf(one);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
