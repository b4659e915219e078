/** Limits of metadata and of the attributes of vector store files; `key` and `value` in characters. */
export const pairLimits = { pairs: 16, key: 64, value: 512 };
