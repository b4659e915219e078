/** The schemas of request bodies and their check, as one file of the build. */
export * from './schemas';
export * from './vectorStoreSchemas';
export { check } from './validate';
