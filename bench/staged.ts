/** The folder, made by scripts/bench.mjs, with the minified extension as it ships. */
export function stagedExtension(): string {
  const folder = process.env['ASSISTANTS_STUDIO_STAGED'];
  if (!folder) throw new Error('ASSISTANTS_STUDIO_STAGED is not set: run “npm run bench”.');
  return folder;
}
