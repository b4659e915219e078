import { randomBytes } from 'node:crypto';
import type { Hono } from 'hono';

/** The header that names a request in answers, as in the hosted service: clients show it in their errors. */
export const requestIdHeader = 'x-request-id';

/** A random id in the hosted service's form. */
export function newRequestId(): string {
  return `req_${randomBytes(16).toString('hex')}`;
}

const ids = new WeakMap<Request, string>();

/** Adds an id to every answer of an app. */
export function addRequestIds(app: Hono): void {
  app.use(async (c, next) => {
    const id = newRequestId();
    ids.set(c.req.raw, id);
    await next();
    c.res.headers.set(requestIdHeader, id);
  });
}

/** The id of a request that is being answered. */
export function requestIdOf(request: Request): string {
  return ids.get(request) ?? '';
}
