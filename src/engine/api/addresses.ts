import { getPath } from 'hono/utils/url';

/** A base path as clients of Azure's service write it: `/openai`, `/openai/v1`, and below `/v1` if that is configured. */
const azureBase = /^(\/v1)?\/openai(\/v1)?(?=\/)/;

/**
 * The path of a request as the routes know it: below `/v1`, without a slash at its end. Takes the paths of Azure's
 * clients, and the two slashes that a base URL or an endpoint with one at its end leads to.
 */
export function apiPath(request: Request): string {
  return plainPath(getPath(request));
}

/** The same for a path. */
export function plainPath(path: string): string {
  return path
    .replace(/^\/{2,}/, '/')
    .replace(azureBase, '/v1')
    .replace(/^\/v1\/{2,}/, '/v1/')
    .replace(/(?<=.)\/$/, '');
}

/** Requests that are passed on to a connection: they store nothing. */
const forwardedPath = /^\/v1\/(deployments\/.+\/)?(chat\/completions|embeddings)$/;

/** Whether a plain path is that of such a request. */
export function isForwardedPath(path: string): boolean {
  return forwardedPath.test(path);
}
