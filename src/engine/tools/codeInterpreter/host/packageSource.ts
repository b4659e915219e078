import { version } from 'pyodide/package.json';

export interface PackageSource {
  /** URL of the files of Pyodide's distribution, with a trailing slash. */
  baseUrl: string;
  /** Where downloaded files are cached. */
  cacheFolder: string;
  fetch?: typeof fetch;
}

/** URL of the distribution that matches the installed Pyodide version. */
export const distributionUrl = `https://cdn.jsdelivr.net/pyodide/v${version}/full/`;
