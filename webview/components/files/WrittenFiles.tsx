import { usePanel } from '../../context';
import { visible } from '../../hiddenCharacters';
import type { WrittenFile } from '../../markdown/sandboxLinks';
import { FileIcon } from '../ui/icons';
import { TextButton } from '../ui/TextButton';
import './WrittenFiles.css';

/** The files that an answer links to, with their actions. */
export function WrittenFiles({ files }: { files: readonly WrittenFile[] }) {
  const { strings } = usePanel();
  return (
    <ul class="written-files" aria-label={strings.filesWritten}>
      {files.map((file) => (
        <li key={file.address} class="written-file">
          <FileIcon />
          <span class="written-file-name" title={visible(file.name)}>
            {visible(file.name)}
          </span>
          <FileActions fileId={file.fileId} />
        </li>
      ))}
    </ul>
  );
}

/** Buttons to open and to save a file. */
export function FileActions({ fileId }: { fileId: string }) {
  const { panel, strings } = usePanel();
  return (
    <span class="file-actions">
      <TextButton onClick={() => panel.post({ type: 'openFile', fileId })}>{strings.openFile}</TextButton>
      <TextButton onClick={() => panel.post({ type: 'saveFile', fileId })}>{strings.saveFileAs}</TextButton>
    </span>
  );
}
