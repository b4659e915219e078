/** Patterns of characters that hardly occur in a text: signs that its bytes were decoded in a wrong encoding. */
const implausible = [
  // Unassigned, private-use and control characters, damaged ones, and compatibility forms of Chinese characters.
  /(?![\s\u200b-\u200f\ufeff])[\p{C}\ufffd\uf900-\ufaff]/gu,
  // A capital after a small letter or before one in a word that begins with another capital.
  /(?<=\p{Ll}\p{M}*)(?![A-Z])\p{Lu}|(?<=(?![a-z])\p{Ll})[A-Z]|(?<=\p{Lu})(?![A-Z])\p{Lu}(?=\p{Ll})/gu,
  // A word of two scripts.
  ...scriptsApart(['Latin', 'Cyrillic', 'Greek', 'Hebrew', 'Arabic', 'Thai']),
  // The same letter three times, but for `ООО`, a Russian kind of company.
  /(?![OО\0-\x7fー])(\p{L})\1{2,}/giu,
  // A symbol, a box drawing or a quotation mark inside of a word, or a symbol at one end of it.
  /(?<=\p{L})(?![\0-\x7f°®™²³¹·])[\p{S}\u2500-\u259f](?=\p{L})|(?<=\p{L})[«»„“‚¿¡¶§](?=\p{L})/gu,
  /(?<![\p{L}\p{N}])[∂∑∏∫√∆◊≈](?=\p{L})|(?<=\p{L})[§¶╒-╛╞-╢╤╥╧╨╪╫]|[╒-╛╞-╢╤╥╧╨╪╫](?=\p{L})/gu,
  // A word of accented letters alone, a low quotation mark at the end of a word, half-width Japanese beside Latin.
  /(?<!\p{L})(?:(?![A-Za-z])\p{sc=Latn}){2,}(?!\p{L})|(?<=\p{L})[‚„](?![\p{L}\p{N}])/gu,
  /(?<=[A-Za-z@])[\uff61-\uff9f]|[\uff61-\uff9f](?=[A-Za-z@])/gu,
  // Signs that are rare by themselves, or beside a letter.
  /[¤¦¨¬¯´¸˝˛ˇ˘]|[£¥¢©®±²³¹¼½¾](?=\p{L})|(?<=\p{L})[£¥¢±µ]/gu,
  // Letters and signs that are rare beside Cyrillic.
  /[ЂЃЉЊЌЋЏђѓљњќћџЅѕ]|(?<=\p{sc=Cyrl})[°·]/gu,
  // Marks that belong to a letter, without one, and an eth at the start of a word.
  /(?<![\p{L}\p{M}])\p{M}|(?<!\p{L})ð/giu,
  // Chinese characters next to Hangul.
  /(?<=\p{sc=Hang}[\s,;.]{0,2})\p{sc=Han}|\p{sc=Han}(?=[\s,;.]{0,2}\p{sc=Hang})/gu,
];

function scriptsApart(scripts: readonly string[]): RegExp[] {
  return scripts.map((script) => {
    const [of, other] = [
      `\\p{sc=${script}}`,
      `(?!\\p{sc=${script}}|\\p{sc=Han}|\\p{sc=Hira}|\\p{sc=Kana}|\\p{sc=Hang})\\p{L}`,
    ];
    return new RegExp(`(?<=${of}\\p{M}*)${other}`, 'gu');
  });
}

/** 0–1: the share of the characters beyond ASCII that can stand where they do. */
export function coherence(text: string): number {
  const all = text.match(/[^\0-\x7f]/gu)?.length ?? 0;
  if (all === 0) return 0;
  const bad = implausible.reduce((sum, pattern) => sum + (text.match(pattern)?.join('').length ?? 0), 0);
  return Math.max(0, 1 - (bad + rareCharacters(text) + strayBoxes(text)) / all);
}

/** The accented letters of languages in Latin script. */
const alphabets = [
  'àâæçèéêëîïôœùûüÿ', // French
  'äöüßé', // German
  'áéíñóúüªº', // Spanish
  'àáâãçéêíóôõúüªº', // Portuguese
  'àèéìíîòóù', // Italian
  'àçèéíïòóúü', // Catalan
  'åäöæøéüà', // Danish, Norwegian, Swedish, Finnish
  'áæéíðóöúýþ', // Icelandic
  'áéëïóöüèê', // Dutch
  'áčďéěíňóřšťúůýž', // Czech
  'áäčďéíĺľňóôŕšťúýž', // Slovak
  'ąćęłńóśźż', // Polish
  'áéíóöőúüű', // Hungarian
  'ăâîșțşţ', // Romanian
  'čćđšž', // Croatian, Slovenian, Serbian
  'âçğıîöşüûi̇', // Turkish
  'ąčęėįšųūž', // Lithuanian
  'āčēģīķļņšūž', // Latvian
  'äõöüšž', // Estonian
].map((letters) => new Set(letters));
/** Vietnamese has accents that are characters of their own in windows-1258. */
const vietnamese = new Set('ăâêôơưđàèéùáíóúýìòõãĩũỹ');

/** 0–1: the share of the accented Latin letters that one language has; 1 without any. */
export function languageShare(text: string): number {
  const letters = text.toLowerCase().match(/(?![a-z])\p{sc=Latn}/gu) ?? [];
  if (letters.length === 0) return 1;
  const known = /[\u0300-\u0323]/.test(text) ? [vietnamese] : alphabets;
  return (
    Math.max(...known.map((alphabet) => letters.filter((letter) => alphabet.has(letter)).length)) /
    letters.length
  );
}

/** The characters that the national standards list first, because they are common. */
let common: Set<string> | undefined;

function commonCharacters(): Set<string> {
  const levels: [encoding: string, first: number, last: number, trails: number][] = [
    ['gb18030', 0xb0, 0xd7, 0xa1],
    ['euc-jp', 0xb0, 0xcf, 0xa1],
    ['euc-kr', 0xb0, 0xc8, 0xa1],
    ['big5', 0xa4, 0xc6, 0x40],
  ];
  const found = new Set<string>();
  for (const [encoding, first, last, firstTrail] of levels) {
    const decoder = new TextDecoder(encoding);
    for (let lead = first; lead <= last; lead++) {
      for (let trail = firstTrail; trail < 0xff; trail++)
        found.add(decoder.decode(Uint8Array.of(lead, trail)));
    }
  }
  return found;
}

function rareCharacters(text: string): number {
  common ??= commonCharacters();
  let rare = 0;
  for (const [character] of text.matchAll(/\p{sc=Han}|\p{sc=Hang}/gu)) if (!common.has(character)) rare++;
  // Characters of other scripts that no legacy encoding has.
  rare +=
    text.match(
      /(?![\p{sc=Han}\p{sc=Hang}\p{sc=Hira}\p{sc=Kana}\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{sc=Hebr}\p{sc=Arab}\p{sc=Thai}\p{sc=Zyyy}])\p{L}/gu,
    )?.length ?? 0;
  return rare;
}

const words = new Intl.Segmenter('zh', { granularity: 'word' });

/** Drawings consist of horizontal and vertical lines for the most part. */
function strayBoxes(text: string): number {
  const boxes = text.match(/[\u2500-\u259f]/g)?.length ?? 0;
  const lines = text.match(/[─│═║█]/g)?.length ?? 0;
  return lines * 3 < boxes ? boxes : 0;
}

/** The share of Chinese characters in words of the dictionary with which ICU divides texts; 1 without any. */
export function wordShare(text: string): number {
  let han = 0;
  let inWords = 0;
  for (const { segment } of words.segment(text)) {
    const length = segment.match(/\p{sc=Han}/gu)?.length ?? 0;
    han += length;
    if (length > 0 && segment.length > 1) inWords += length;
  }
  return han === 0 ? 1 : inWords / han;
}
