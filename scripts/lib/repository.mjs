// The address of the repository is given in one place: REPOSITORY_URL at packaging, such as
// https://github.com/owner/name. Without one, what is packaged names no repository and links to nothing outside.

/** The address at packaging without a slash at its end; undefined if there is none. Throws on what is no https URL. */
export function repositoryAddress(env = process.env) {
  const address = env.REPOSITORY_URL?.trim().replace(/\/+$|\.git$/g, '');
  if (!address) return undefined;
  if (!URL.canParse(address) || new URL(address).protocol !== 'https:')
    throw new Error(`REPOSITORY_URL must be an https address, not “${address}”.`);
  return address;
}

/**
 * The fields of a manifest that come from the address; none without one.
 * @param {string | undefined} address
 */
export function repositoryFields(address) {
  if (address === undefined) return {};
  return {
    repository: { type: 'git', url: `${address}.git` },
    bugs: { url: `${address}/issues` },
    homepage: `${address}#readme`,
  };
}

/**
 * A Markdown text as it is published. With an address, links to files of the repository become addresses, and
 * pictures do, too. Without one they are left out, as VS Code's page of an extension follows no other links and
 * shows no other pictures: a link becomes its text. Nothing is left of the link to the README in another language.
 * @param {string} markdown
 * @param {string} [address]
 */
export function publishedMarkdown(markdown, address) {
  if (address === undefined) {
    return markdown
      .replace(/^(!\[[^\]]*\]\((?!https?:)|\[[^\]]*\]\(README)[^)\s]+\)\n+/gm, '')
      .replace(/!\[[^\]]*\]\((?!https?:)[^)\s]+\)/g, '')
      .replace(/\[([^\]]*)\]\((?!https?:|#|mailto:)[^)\s]+\)/g, '$1');
  }
  return markdown
    .replace(/!\[([^\]]*)\]\((?!https?:)([^)\s]+)\)/g, `![$1](${address}/raw/HEAD/$2)`)
    .replace(/\[([^\]]*)\]\((?!https?:|#|mailto:)([^)\s]+)\)/g, `[$1](${address}/blob/HEAD/$2)`);
}
