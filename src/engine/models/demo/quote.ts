const maxQuoteLength = 600;

/**
 * The excerpt of a passage that contains most of a question's words: whole sentences or lines, up to
 * `maxQuoteLength` characters.
 */
export function quoteFrom(passage: string, question: string): string {
  if (passage.length <= maxQuoteLength) return passage;
  const sentences = passage.match(/[^\n。！？]*?(?:[.!?](?=\s)|[。！？]|\n|$)\s*/g)?.filter(Boolean) ?? [
    passage,
  ];
  const words = wordsOf(question);
  let best = { from: 0, found: -1 };
  for (const from of sentences.keys()) {
    const inQuote = wordsOf(windowFrom(sentences, from));
    const found = [...words].filter((word) => inQuote.has(word)).length;
    if (found > best.found) best = { from, found };
  }
  const quote = windowFrom(sentences, best.from).trim();
  const before = best.from > 0 ? '…' : '';
  const after = passage.trimEnd().endsWith(quote) ? '' : '…';
  return `${before}${quote.length > maxQuoteLength ? quote.slice(0, maxQuoteLength).trimEnd() : quote}${after}`;
}

function windowFrom(sentences: readonly string[], from: number): string {
  let quote = sentences[from] ?? '';
  for (const sentence of sentences.slice(from + 1)) {
    if (quote.length + sentence.length > maxQuoteLength) break;
    quote += sentence;
  }
  return quote;
}

/** The words of a text in lower case; Chinese characters count as words. */
function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? []);
}
