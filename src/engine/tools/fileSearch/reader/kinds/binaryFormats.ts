/* eslint-disable no-control-regex -- binary formats start with control characters */

/** A format that holds no text to read. */
export interface BinaryFormat {
  what: string;
  /** The rest of the sentence. */
  advice: string;
}

const noText = ': it contains no text that can be read.';
const image = {
  what: 'an image',
  advice: ', and only text can be searched: show it to a model in a message.',
};
const archive = { what: 'an archive', advice: ': add the files in it one by one.' };
const packed = { what: 'a compressed file', advice: ': decompress it and add the result.' };
const sound = { what: 'a sound file', advice: ', and only text can be searched: add a transcript of it.' };
const video = {
  what: 'a video',
  advice: ', and only text can be searched: add its subtitles (.vtt or .srt).',
};
const soundOrVideo = { what: 'a sound file or a video', advice: sound.advice };
const program = { what: 'a program', advice: noText };
const font = { what: 'a font', advice: noText };
const database = { what: 'a database', advice: ', which cannot be read: export its tables as .csv files.' };
const data = { what: 'a binary data file', advice: ', which cannot be read: export it as a .csv file.' };
const asPdf = (what: string) => ({ what, advice: ', which cannot be read: save it as a PDF file.' });
const as = (what: string, format: string) => ({ what, advice: `, which cannot be read: ${format}.` });

/** By the first bytes, or by those from `at` on. */
const formats: readonly (BinaryFormat & { magic: RegExp; at?: number })[] = [
  { magic: /^(\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF[^]{4}WEBP|BM[^]{4}\0\0\0\0)/, ...image },
  { magic: /^(II\*\0|MM\0\*|II\+\0|MM\0\+|\0\0[\x01\x02]\0[^]\0|8BPS\0)/, ...image },
  { magic: /^(\xff\x0a|\0\0\0\x0cJXL |\0\0\0\x0cjP {2}|[^]{4}ftyp(hei|hev|mif1|msf1|avi[fs]))/, ...image },
  { magic: /^(ID3[\x02-\x04]|\xff[\xe2\xe3\xf1-\xf3\xf9-\xfb]|fLaC\0|#!AMR|MThd\0)/, ...sound },
  { magic: /^(RIFF[^]{4}WAVE|FORM[^]{4}AIF[FC]|[^]{4}ftypM4[ABP])/, ...sound },
  { magic: /^([^]{4}(ftyp|moov|wide|mdat)|RIFF[^]{4}AVI |FLV\x01|\0\0\x01[\xb3\xba])/, ...video },
  { magic: /^(OggS\0|\x1aE\xdf\xa3|0&\xb2u\x8ef\xcf\x11)/, ...soundOrVideo },
  { magic: /^(7z\xbc\xaf|Rar!|MSCF\0|PK\x07\x08)/, ...archive },
  { magic: /^ustar/, at: 257, ...archive },
  { magic: /^PK\x05\x06/, what: 'an empty archive', advice: noText },
  {
    magic: /^(\x1f[\x8b\x9d\xa0]|BZh[1-9]1AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x04"M\x18|LZIP\x01)/,
    ...packed,
  },
  {
    magic:
      /^(\x7fELF|MZ|\xca\xfe\xba\xbe|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\0asm|!<arch>|dex\n0)/,
    ...program,
  },
  { magic: /^(wOFF|wOF2|OTTO\0|\0\x01\0\0\0|ttcf\0)/, ...font },
  { magic: /^(SQLite format 3\0|\0\x01\0\0Standard (Jet|ACE) DB)/, ...database },
  { magic: /^(PAR1|Obj\x01|ARROW1\0\0|\x89HDF\r\n|\x93NUMPY|\x80[\x02-\x05])/, ...data },
  { magic: /^(BOOKMOBI|TEXtREAd)/, at: 60, ...as('a Kindle book', 'convert it to .epub') },
  { magic: /^\xffWPC/, ...as('a WordPerfect document', 'save it as .docx') },
  { magic: /^!BDN/, ...as('an Outlook data file', 'save its messages as .msg or .eml files') },
  { magic: /^AT&TFORM/, ...asPdf('a DjVu document') },
  { magic: /^AC10\d\d/, ...asPdf('an AutoCAD drawing') },
  { magic: /^\xe4R\\\x7b/, ...asPdf('a OneNote section') },
];

/** The binary format of a file that starts with these bytes; undefined if it may be text. */
export function binaryFormat(head: string): BinaryFormat | undefined {
  // A text may start with the same letters.
  if (!/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(head)) return undefined;
  return formats.find(({ magic, at = 0 }) => magic.test(head.slice(at)));
}
