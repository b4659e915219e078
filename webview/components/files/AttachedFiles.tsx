import type { Message } from 'openai/resources/beta/threads/messages';
import { useContext, useRef } from 'preact/hooks';
import { sizeInWords } from '../../../src/protocol/text/fileSize';
import { FileInfos, usePanel } from '../../context';
import { displayName } from './fileNames';
import { FileIcon } from '../ui/icons';
import { useNearViewport } from '../ui/useNearViewport';
import { TextButton } from '../ui/TextButton';
import './Attachments.css';

/** The files attached to a message. */
export function AttachedFiles({ message }: { message: Message }) {
  const { strings } = usePanel();
  const ids = new Set((message.attachments ?? []).flatMap(({ file_id }) => file_id ?? []));
  // Images are shown in the message, also if Python has them as files.
  for (const part of message.content) if (part.type === 'image_file') ids.delete(part.image_file.file_id);
  if (ids.size === 0) return null;
  return (
    <ul class="attachments" aria-label={strings.attachments}>
      {[...ids].map((fileId) => (
        <AttachedFile key={fileId} fileId={fileId} />
      ))}
    </ul>
  );
}

function AttachedFile({ fileId }: { fileId: string }) {
  const { panel, strings, number } = usePanel();
  const place = useRef<HTMLLIElement>(null);
  const info = useContext(FileInfos).get(fileId);
  useNearViewport(place, info === undefined ? fileId : undefined, () => panel.needFileInfo(fileId));
  const isGone = info !== undefined && info.name === undefined;
  return (
    <li ref={place} class="attachment" data-vscode-context={isGone ? undefined : menuContext(fileId)}>
      <span class="attachment-icon">
        <FileIcon />
      </span>
      {isGone ? (
        <span class="attachment-name">{strings.deletedFile}</span>
      ) : (
        <TextButton onClick={() => panel.post({ type: 'openFile', fileId })}>
          <bdi>{displayName(info?.name ?? fileId)}</bdi>
        </TextButton>
      )}
      {info?.bytes !== undefined && <span class="attachment-note">{sizeInWords(info.bytes, number)}</span>}
    </li>
  );
}

/** What the menu of VS Code that a right click opens is about. */
function menuContext(fileId: string): string {
  return JSON.stringify({ webviewSection: 'attachedFile', fileId, preventDefaultContextMenuItems: true });
}
