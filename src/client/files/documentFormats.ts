/** Formats whose text file search reads, and that VS Code cannot show as text. */
const documents =
  'pdf|docx|docm|dotx|pptx|pptm|ppsx|potx|xlsx|xlsm|xltx|odt|ott|ods|ots|odp|otp|odg|epub|msg|rtf|eml|emlx|mbox|mht|mhtml|ipynb';

/** Names of documents that are shown as the text that file search reads from them. */
export const shownAsText = new RegExp(`\\.(${documents})$`, 'i');

/**
 * Names of documents that may have bytes as programs do. Those of old or other formats are among them: file
 * search says what to do with these.
 */
export const maybeBinary = new RegExp(
  `\\.(${documents}|doc|dot|xls|xlsb|ppt|pps|pages|numbers|key|vsdx?)$`,
  'i',
);

/** Names of documents that VS Code cannot show at all. */
export function hasNoText(name: string): boolean {
  return maybeBinary.test(name) && !/\.(ipynb|rtf|eml|emlx|mbox|mht|mhtml)$/i.test(name);
}

/** Names of documents that the system may be asked to open. */
export const opensElsewhere = /\.(pdf|docx|pptx|xlsx|odt|ods|odp|epub|msg|eml|rtf)$/i;
