/** Patterns of characters that hardly occur in a text: signs that its bytes were decoded in a wrong encoding.
 * The most frequent ones come first. */
const implausible = [
  // A capital after a small letter or before one in a word that begins with another capital.
  /(?<=\p{Ll}\p{M}*)(?![A-Z])\p{Lu}|(?<=(?![a-z])\p{Ll})[A-Z]|(?<=\p{Lu})(?![A-Z])\p{Lu}(?=\p{Ll})/gu,
  // An ordinal or a superscript digit inside of a word or behind a longer one.
  /(?<=\p{L})[ªº](?=\p{L})|(?<=\p{L}{3})[¹³](?![\p{N}])/gu,
  // Signs that are rare by themselves, or beside a letter.
  /[¤¦¨¬¯´¸˝˛ˇ˘]|[£¥¢©®±²³¹¼½¾](?=\p{L})|(?<=\p{L})[£¥¢±µ]/gu,
  // Letters and signs that are rare beside Cyrillic.
  /[ЂЃЉЊЌЋЏђѓљњќћџЅѕ]|(?<=\p{sc=Cyrl})[°·]/gu,
  // Unassigned, private-use and control characters, damaged ones, and compatibility forms of Chinese characters.
  /(?![\s\u200b-\u200f\ufeff])[\p{C}\ufffd\uf900-\ufaff]/gu,
  // A word of two scripts.
  scriptsApart(['Latin', 'Cyrillic', 'Greek', 'Hebrew', 'Arabic', 'Thai']),
  // The same letter three times, but for `ООО`, a Russian kind of company.
  /(?![OО\0-\x7fー])(\p{L})\1{2,}/giu,
  // A symbol, a box drawing or a quotation mark inside of a word, or a symbol at one end of it.
  /(?<=\p{L})(?![\0-\x7f°®™²³¹·])[\p{S}\u2500-\u259f](?=\p{L})|(?<=\p{L})[«»„“‚¿¡¶§](?=\p{L})/gu,
  /(?<![\p{L}\p{N}])[∂∑∏∫√∆◊≈](?=\p{L})|(?<=\p{L})[§¶╒-╛╞-╢╤╥╧╨╪╫]|[╒-╛╞-╢╤╥╧╨╪╫](?=\p{L})/gu,
  // A word of accented letters alone, a low quotation mark at the end of a word, half-width Japanese beside Latin.
  /(?<!\p{L})(?:(?![A-Za-z])\p{sc=Latn}){2,}(?!\p{L})|(?<=\p{L})[‚„](?![\p{L}\p{N}])/gu,
  /(?<=[A-Za-z@])[\uff61-\uff9f]|[\uff61-\uff9f](?=[A-Za-z@])/gu,
  // Marks that belong to a letter, without one, and an eth at the start of a word.
  /(?<![\p{L}\p{M}])\p{M}|(?<!\p{L})ð/giu,
  // Chinese characters next to Hangul.
  /(?<=\p{sc=Hang}[\s,;.]{0,2})\p{sc=Han}|\p{sc=Han}(?=[\s,;.]{0,2}\p{sc=Hang})/gu,
];

/** The same for texts with letters of a script. */
const implausibleIn: readonly (readonly [script: RegExp, patterns: readonly RegExp[]])[] = [
  [
    /\p{sc=Cyrl}/u,
    [
      mixedCase('Cyrl'),
      // A word without a vowel that is no usual abbreviation.
      /(?<!\p{L})(?!(?:шт|кг|мг|гр|км|см|мм|дм|мл|гг|тк|св|ст|стр|чл|др|пр|рт|млн|млрд|вкл|пн|вт|ср|чт|пт|сб|вс)(?!\p{L}))[бвгджзйклмнпрстфхцчшщ]{2,}(?!\p{L})/gu,
    ],
  ],
  [
    /\p{sc=Grek}/u,
    [
      mixedCase('Grek'),
      // A word of more than one syllable that has no accent and is not in capitals.
      /(?<![\p{L}\p{M}])(?!\p{L}*[άέήίόύώΐΰΆΈΉΊΌΎΏ])(?=\p{L}*\p{Ll})\p{sc=Grek}{5,}(?![\p{L}\p{M}])/gu,
      // A word that ends as none does.
      /(?<![\p{L}\p{M}])(?=\p{L}*\p{Ll})\p{sc=Grek}+[βγδζθκλμπστφχψ](?![\p{L}\p{M}'’.])/gu,
    ],
  ],
  // A letter in the form that is not the one for its place in the word.
  [/\p{sc=Hebr}/u, [/[ךםןףץ](?=\p{sc=Hebr})|(?<=\p{sc=Hebr})[כמנצ](?![\p{sc=Hebr}'"׳״])/gu]],
];

function patternsFor(text: string): readonly RegExp[] {
  return [
    ...implausible,
    ...implausibleIn.flatMap(([script, patterns]) => (script.test(text) ? patterns : [])),
  ];
}

/** Matches a letter after one of another of these scripts, except Chinese, Japanese and Korean characters. */
function scriptsApart(scripts: readonly string[]): RegExp {
  const changes = scripts.map((script) => `(?<=\\p{sc=${script}}\\p{M}*)(?!\\p{sc=${script}})`);
  return new RegExp(
    `(?![\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Hang}])(?=\\p{L})(?:${changes.join('|')})\\p{L}`,
    'gu',
  );
}

/** Matches a word of up to four letters of a script in which a capital follows a small letter. */
function mixedCase(script: string): RegExp {
  const letter = `\\p{sc=${script}}`;
  return new RegExp(
    `(?<!\\p{L})(?=${letter}{2,4}(?!\\p{L}))(?=\\p{L}*\\p{Ll}\\p{Lu}|\\p{Lu}\\p{Lu}+\\p{Ll})${letter}+`,
    'gu',
  );
}

/** 0–1: the share of the characters beyond ASCII that can stand where they do. 0 if it is less than `least`. */
export function coherence(text: string, least = 0): number {
  const all = text.match(/[^\0-\x7f]/gu)?.length ?? 0;
  if (all === 0) return 0;
  let bad = strayBoxes(text) + loneLetters(text);
  for (const pattern of patternsFor(text)) {
    bad += text.match(pattern)?.join('').length ?? 0;
    if (1 - bad / all < least) return 0;
  }
  const share = Math.max(0, 1 - (bad + rareCharacters(text)) / all);
  return share < least ? 0 : share;
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
    const pairs: number[] = [];
    for (let lead = first; lead <= last; lead++) {
      for (let trail = firstTrail; trail < 0xff; trail++) pairs.push(lead, trail, 0x0a);
    }
    for (const character of new TextDecoder(encoding).decode(Uint8Array.from(pairs)).split('\n'))
      found.add(character);
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

const otherScript = String.raw`[\p{sc=Cyrl}\p{sc=Grek}\p{sc=Hebr}\p{sc=Arab}\p{sc=Thai}]`;
const otherLetters = new RegExp(otherScript, 'gu');
const otherWord = new RegExp(`${otherScript}{2}`, 'u');

/** Letters of other scripts in a text without a word in them: rather signs such as €, § and ×. */
function loneLetters(text: string): number {
  return otherWord.test(text) ? 0 : (text.match(otherLetters)?.length ?? 0);
}

/** Drawings consist of horizontal and vertical lines for the most part. */
function strayBoxes(text: string): number {
  const boxes = text.match(/[\u2500-\u259f]/g)?.length ?? 0;
  const lines = text.match(/[─│═║█]/g)?.length ?? 0;
  return lines * 3 < boxes ? boxes : 0;
}

/** The most frequent Chinese family names: a name is no word of the dictionary. */
const familyNames = new Set(
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范' +
    '金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤張劉陳楊黃趙吳孫馬羅鄭謝許馮鄧蕭蔣葉蘇魏呂盧鍾陸',
);
const possibleName = /(?<!\p{sc=Han})\p{sc=Han}{2,3}(?!\p{sc=Han})/gu;

/**
 * The share of Chinese characters in names and in words of the dictionary with which ICU divides texts; 1 without any.
 */
export function wordShare(text: string): number {
  if (!/\p{sc=Han}/u.test(text)) return 1;
  let han = 0;
  let inWords = 0;
  for (const { segment } of words.segment(text)) {
    const length = segment.match(/\p{sc=Han}/gu)?.length ?? 0;
    han += length;
    if (length > 0 && segment.length > 1) inWords += length;
  }
  for (const [name] of text.matchAll(possibleName))
    if (familyNames.has(name[0]!) && inWords < han) inWords = Math.min(han, inWords + name.length);
  return han === 0 ? 1 : inWords / han;
}
