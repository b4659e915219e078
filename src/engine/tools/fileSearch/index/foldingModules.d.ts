/** Lucene's table of letters without their strokes, hooks and ligatures. */
declare module 'fold-to-ascii' {
  const AsciiFolder: {
    /** Characters that the table does not have stay. */
    foldMaintaining(text: string): string;
  };
  export default AsciiFolder;
}

/** Traditional Chinese characters with their simplified form: `繁 简|…`. */
declare module 'opencc-js/dict/TSCharacters' {
  const entries: string;
  export default entries;
}
