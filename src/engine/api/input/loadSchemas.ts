/**
 * The schemas of request bodies, which are loaded by the first request that has a body: making them takes longer than most
 * requests.
 */
export const loadSchemas = () => import('./bodies');
