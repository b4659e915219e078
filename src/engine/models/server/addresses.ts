/** The base URLs that a user may have meant by one at which no API answers. */

/** The ends of paths that belong to requests rather than to the base URL. */
const requestPaths =
  /\/(chat\/completions|completions|responses|models|embeddings|messages|api\/(chat|generate|tags|show|version))$/;

/** Where the API is on hosts whose path cannot be guessed. */
const knownPaths: readonly [host: RegExp, path: string][] = [
  [/\.azure\.(com|us|cn)$/, '/openai/v1'],
  [/^generativelanguage\.googleapis\.com$/, '/v1beta/openai'],
  [/(^|\.)openrouter\.ai$/, '/api/v1'],
  [/(^|\.)groq\.com$/, '/openai/v1'],
  [/^dashscope[\w-]*\.aliyuncs\.com$/, '/compatible-mode/v1'],
  [/(^|\.)fireworks\.ai$/, '/inference/v1'],
  [/^api\.deepseek\.com$/, ''],
  [/^open\.bigmodel\.cn$/, '/api/paas/v4'],
  [/^api\.z\.ai$/, '/api/paas/v4'],
];

const commonPaths = ['/v1', '/api/v1', '/openai/v1', '/api', ''];

const maxCandidates = 8;

/** Other base URLs of the same origin, the likeliest first; empty if the given one is not a URL. */
export function otherAddresses(baseURL: string): string[] {
  if (!URL.canParse(baseURL)) return [];
  const { origin, hostname, pathname } = new URL(baseURL);
  const given = withoutSlash(pathname);
  const base = baseOf(given);
  const known = knownPaths.filter(([host]) => host.test(hostname)).map(([, path]) => path);
  const paths = [
    ...known,
    ...(isVersioned(base) ? [base, base.replace(/\/v\d+\w*$/, '')] : [`${base}/v1`, base]),
    ...commonPaths,
  ];
  return [...new Set(paths)]
    .filter((path) => path !== pathname && `${path}/` !== pathname)
    .slice(0, maxCandidates)
    .map((path) => origin + path);
}

/** The base URL that is probably meant by one whose form is unusual; undefined if its form is the usual one. */
export function likelyAddress(baseURL: string): string | undefined {
  if (!URL.canParse(baseURL)) return undefined;
  const { hostname, pathname } = new URL(baseURL);
  const given = withoutSlash(pathname);
  const known = knownPaths.find(([host]) => host.test(hostname))?.[1];
  const isUsual = known === undefined ? isVersioned(given) && baseOf(given) === given : known === given;
  return isUsual ? undefined : otherAddresses(baseURL)[0];
}

/** A path without the parts that requests add, and without a version that is there twice. */
function baseOf(path: string): string {
  const base = path
    .replace(/\/deployments\/.*$/, '')
    .replace(requestPaths, '')
    .replace(/(\/v\d+)\1+$/, '$1');
  // Ollama's own API; its OpenAI-style one is beside it.
  return base === '/api' && path !== '/api/v1' ? '' : base;
}

function isVersioned(path: string): boolean {
  return /\/v\d+\w*(\/openai)?$/.test(path);
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}
