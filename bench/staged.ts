/** The extension as it ships, minified, in a folder that scripts/bench.mjs made. */
export function stagedExtension(): string {
  const folder = process.env['ASSISTANTS_STUDIO_STAGED'];
  if (!folder) throw new Error('ASSISTANTS_STUDIO_STAGED is not set: run this by «npm run bench».');
  return folder;
}
