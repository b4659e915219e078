/** An estimate of a text's tokens: about four letters a token, and one for each character of Chinese, Japanese or Korean. */
export function textTokens(text: string): number {
  const wide = text.match(/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/g)?.length ?? 0;
  return wide + Math.ceil((text.length - wide) / 4);
}
