import type { Attachment } from './attachments';
import type { FileTool } from './chat';

/** Formats without text to search, which Python can read. */
const onlyForCode = new RegExp(
  `\\.(${[
    ...['zip', 'tar', 'tgz', 'gz', 'bz2', 'xz', '7z', 'rar', 'zst'],
    ...['parquet', 'feather', 'arrow', 'avro', 'h5', 'hdf5', 'nc', 'mat', 'npy', 'npz', 'pkl', 'pickle'],
    ...['joblib', 'sqlite', 'sqlite3', 'db', 'rds', 'rdata', 'sav', 'dta', 'sas7bdat', 'xls', 'xlsb', 'bin'],
    ...['mp3', 'wav', 'flac', 'ogg', 'm4a', 'mp4', 'mov', 'avi', 'mkv', 'webm'],
    ...['png', 'jpg', 'jpeg', 'gif', 'webp', 'bmp', 'tif', 'tiff', 'heic', 'avif', 'ico'],
  ].join('|')})$`,
  'i',
);

/** The tools of an assistant that can use an attached file. Images are shown to the model besides. */
export function toolsFor(
  { name, isImage }: Pick<Attachment, 'name' | 'isImage'>,
  fileTools: readonly FileTool[],
): FileTool[] {
  if (isImage) return fileTools.filter((tool) => tool === 'code_interpreter');
  const usable = fileTools.filter((tool) => tool !== 'file_search' || !onlyForCode.test(name));
  return usable.length > 0 ? usable : [...fileTools];
}
