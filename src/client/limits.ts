/** Limits of the Assistants API, in UTF-16 code units. */
export const textLimits = {
  assistantName: 256,
  assistantDescription: 512,
  instructions: 256_000,
  message: 256_000,
  /** A value of `metadata`, such as a thread's title. */
  metadataValue: 512,
} as const;
