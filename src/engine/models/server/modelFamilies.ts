/** The context windows of well-known models of providers whose servers do not describe them. */

/** By the beginning of a model's name, the longest first. */
const openAI: readonly [RegExp, number][] = [
  [/gpt-5(\.\d+)?-chat/, 128_000],
  [/gpt-5\.[4-9](?!-(mini|nano))/, 1_050_000],
  [/gpt-5/, 400_000],
  [/gpt-4\.1/, 1_047_576],
  [/gpt-4\.5/, 128_000],
  [/gpt-4o|chatgpt-4o/, 128_000],
  [/gpt-4-(turbo|1106|0125|vision)/, 128_000],
  [/gpt-4-32k/, 32_768],
  [/gpt-4/, 8_192],
  [/gpt-3\.?5.*instruct/, 4_096],
  [/gpt-3\.?5/, 16_385],
  [/codex-mini/, 200_000],
  [/\bo1-(preview|mini)/, 128_000],
  [/\bo[134](-|$)/, 200_000],
  [/gpt-oss/, 131_072],
];

const anthropic: readonly [RegExp, number][] = [[/claude/, 200_000]];
const deepSeek: readonly [RegExp, number][] = [[/deepseek/, 128_000]];

const hosts: readonly [RegExp, readonly [RegExp, number][]][] = [
  [/(^|\.)openai\.com$/, openAI],
  // Deployments have names of their own, which usually contain the model's.
  [/(^|\.)azure\.(com|us|cn)$/, [...openAI, ...anthropic, ...deepSeek]],
  [/(^|\.)anthropic\.com$/, anthropic],
  [/(^|\.)deepseek\.com$/, deepSeek],
];

/**
 * The context window of a well-known model, in tokens. Null for another model of such a provider, and
 * undefined if the host is none of theirs.
 */
export function knownFamilyWindow(host: string, model: string): number | null | undefined {
  const families = hosts.find(([pattern]) => pattern.test(host.replace(/:443$/, '')))?.[1];
  if (!families) return undefined;
  const name = model.toLowerCase().replace(/^ft:/, '');
  return families.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}
