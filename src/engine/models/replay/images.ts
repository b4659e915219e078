import type { ModelContentPart, ModelMessage } from '../modelProvider';

type ImagePart = Extract<ModelContentPart, { type: 'image' }>;

export function countImages(messages: readonly ModelMessage[]): number {
  return messages.reduce(
    (count, message) =>
      message.role === 'user' ? count + message.content.filter(({ type }) => type === 'image').length : count,
    0,
  );
}

/** The messages with no more than the newest `max` images; a line of text stands for each of the others. */
export function limitImages(messages: readonly ModelMessage[], max: number): ModelMessage[] {
  let left = countImages(messages) - max;
  if (left <= 0) return [...messages];
  return messages.map((message) => {
    if (message.role !== 'user') return message;
    const content = message.content.map((part) =>
      part.type === 'image' && left-- > 0 ? { type: 'text' as const, text: imageNote(part, max) } : part,
    );
    return { ...message, content };
  });
}

/** What stands for an image that is not sent. `max`: how many images the model takes. */
export function imageNote(image: ImagePart, max = 0): string {
  const what = max === 0 ? 'An image that this model cannot see' : 'An image that was left out';
  return `[${what}: ${nameOf(image)}]`;
}

function nameOf({ name, url }: ImagePart): string {
  if (name !== undefined) return name;
  return /^https?:/i.test(url) ? url.slice(0, 200) : 'unnamed';
}

/** What a server's error says of the images of a request. `max`: how many it accepts; `lasting`: of any request. */
export interface ImageRejection {
  max: number;
  lasting: boolean;
}

const aboutImages =
  /\bimages?\b|image_url|input_image|\bvision\b|visual|multi-?modal|modalit|mmproj|\b(download|fetch|retriev)\w* (the |a )?(file|url|content|https?:)/i;
/** Servers whose messages are plain texts. */
const wantsText =
  /content\S*.{0,40}\b(must|should|has to|expected to) be an? (valid )?string|expected an? (valid )?string|string_type|should be a valid string|expected `?text\b|should be 'text'|(unsupported|unknown|invalid) content (part|type)|only 'text' content|can only concatenate str|value must be a string/i;
/** Complaints about one image, which say nothing of the others. */
const aboutOne =
  /format|mime|media.?type|too (large|big|small)|\bsize|exceed|download|fetch|decod|corrupt|invalid (image|base64|url|data)|valid (image|url)|unsupported image\b(?! (input|content|part|url))|dimension|pixel|resolution|time.?out|safety|policy|moderation/i;
const counts = [
  /at most (\d+) images?/i,
  /up to (\d+) images?/i,
  /max(?:imum)?(?: number)?(?: of)?(?: is| are)? ?:?(\d+) images?/i,
  /images?\b[^\d]{0,60}(?:max(?:imum)?|limit|most|up to)[^\d]{0,20}(\d+)/i,
];

/** Reads an error's message; undefined if it is not about images. `sent`: how many there were. */
export function imageRejection(message: string, sent: number): ImageRejection | undefined {
  for (const pattern of counts) {
    const max = Number(pattern.exec(message)?.[1]);
    if (max < sent) return { max, lasting: true };
  }
  if (wantsText.test(message)) return { max: 0, lasting: true };
  if (aboutImages.test(message)) return { max: 0, lasting: !aboutOne.test(message) };
  return undefined;
}
