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
 * pictures do, too; without one, a link to a file that is not in the package becomes its text, and a picture that
 * is not in it is left out.
 * @param {string} markdown
 * @param {{ address?: string, isPackaged: (path: string) => boolean }} options
 */
export function publishedMarkdown(markdown, { address, isPackaged }) {
  const pictures = markdown.replace(/!\[([^\]]*)\]\((?!https?:)([^)\s]+)\)\n?/g, (whole, alt, path) => {
    if (address !== undefined) return whole.replace(`(${path})`, `(${address}/raw/HEAD/${path})`);
    return isPackaged(path) ? whole : '';
  });
  return pictures.replace(/(?<!!)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)\s]+)\)/g, (whole, words, target) => {
    const [path] = target.split('#');
    if (address !== undefined) return `[${words}](${address}/blob/HEAD/${target})`;
    return isPackaged(path) ? whole : words;
  });
}
