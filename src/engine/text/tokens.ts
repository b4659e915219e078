/** Estimates the tokens of a text: four characters a token, but one per Chinese, Japanese or Korean character. */
export function textTokens(text: string): number {
  const wide = text.match(/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/g)?.length ?? 0;
  return wide + Math.ceil((text.length - wide) / 4);
}
