/**
 * The package to publish for a tag, and vsce's flags. Throws if the tag does not name the manifest's version, or
 * if the manifest is still private.
 * @param {{ name: string, version: string, private?: boolean }} manifest
 * @param {string | undefined} tag
 */
export function publication({ name, version, private: isPrivate }, tag) {
  const match = /^v(\d+\.\d+\.\d+)(-[\w.]+)?$/.exec(tag ?? '');
  if (!match) throw new Error(`RELEASE_TAG must be like v1.2.3 or v1.2.3-pre.1, not “${tag ?? ''}”.`);
  if (match[1] !== version)
    throw new Error(`The tag ${tag} does not name version ${version} of package.json.`);
  if (isPrivate) throw new Error('package.json is private: a person has to decide that it is published.');
  // The Marketplace knows versions of three numbers only, and marks pre-releases beside them.
  return { vsix: `${name}-${version}.vsix`, flags: match[2] ? ['--pre-release'] : [] };
}
