/** Formats the environment variables that OpenAI's clients read, in the syntax of common shells. */

export const environmentFormats = ['bash', 'powershell', 'cmd', 'dotenv'] as const;

export type EnvironmentFormat = (typeof environmentFormats)[number];

/** Lines that set variables; the last one ends with a line break. */
export function environmentLines(
  format: EnvironmentFormat,
  variables: Readonly<Record<string, string>>,
): string {
  return Object.entries(variables)
    .map(([name, value]) => `${writers[format](name, value)}\n`)
    .join('');
}

const writers: Record<EnvironmentFormat, (name: string, value: string) => string> = {
  bash: (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  cmd: (name, value) => `set "${name}=${value}"`,
  dotenv: (name, value) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
};
