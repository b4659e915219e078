/** Limits of what is imported, far above what people have: an import may come from anyone. */
export const readLimits = {
  /** Of one object, in bytes. */
  objectBytes: 24 * 1024 * 1024,
  /** Of nested objects and arrays. */
  depth: 200,
  /** Files of a folder or zip file. */
  entries: 200_000,
  /** Unpacked JSON of a zip file, in bytes. */
  jsonBytes: 8 * 1024 ** 3,
  /** The service's limit for one file, in bytes. */
  fileBytes: 512 * 1024 * 1024,
  /** How far files of a zip are compressed, from this size on: JSON to about a twentieth. */
  maxRatio: 200,
  ratioBytes: 32 * 1024 * 1024,
  /** Objects of one import: their places are kept in memory. */
  objects: 5_000_000,
  /** Branches of one conversation. */
  branches: 200,
};
