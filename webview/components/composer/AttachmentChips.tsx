import { useRef } from 'preact/hooks';
import type { Attachment } from '../../../src/protocol/attachments';
import { toolsFor } from '../../../src/protocol/attachmentTools';
import type { FileTool } from '../../../src/protocol/chat';
import { sizeInWords } from '../../../src/protocol/fileSize';
import { fill, usePanel } from '../../context';
import { displayName } from '../files/fileNames';
import { CloseIcon, ErrorIcon, FileIcon, ImageIcon } from '../ui/icons';
import { IconButton } from '../ui/IconButton';
import { useInSight } from '../ui/useInSight';
import { ProgressRing } from '../ui/ProgressRing';
import '../files/Attachments.css';

/** The files attached to the draft; `fileTools`: the assistant's tools that read files. */
export function AttachmentChips({
  attachments,
  fileTools,
}: {
  attachments: readonly Attachment[];
  fileTools: readonly FileTool[];
}) {
  const { panel, strings } = usePanel();
  if (attachments.length === 0) return null;
  return (
    <ul class="attachments" aria-label={strings.attachments}>
      {attachments.map((attachment) => (
        <AttachmentChip
          key={attachment.id}
          attachment={attachment}
          fileTools={fileTools}
          onRemove={() => panel.post({ type: 'removeAttachment', id: attachment.id })}
        />
      ))}
    </ul>
  );
}

export interface AttachmentChipProps {
  attachment: Attachment;
  fileTools: readonly FileTool[];
  /** Unset if it cannot be removed. */
  onRemove?: () => void;
}

/** A file of a message. */
export function AttachmentChip({ attachment, fileTools, onRemove }: AttachmentChipProps) {
  const { strings } = usePanel();
  const { state } = attachment;
  const chip = useRef<HTMLLIElement>(null);
  useInSight(chip, state === 'failed');
  const name = displayName(attachment.name);
  const readers = [
    ...(attachment.isImage ? [strings.readByModel] : []),
    ...toolsFor(attachment, fileTools).map(
      (tool) => strings[tool === 'file_search' ? 'readBySearch' : 'readByCode'],
    ),
  ];
  const use = readers.length > 0 ? fill(strings.readBy, readers.join(', ')) : '';
  return (
    <li ref={chip} class={`attachment attachment-${state}`} aria-description={use}>
      <span class="attachment-icon">
        <ChipIcon attachment={attachment} />
      </span>
      <bdi class="attachment-name" title={[name, use].filter(Boolean).join('\n')}>
        {name}
      </bdi>
      <ChipNote attachment={attachment} />
      {onRemove && (
        <IconButton label={fill(strings.removeAttachment, name)} onClick={onRemove}>
          <CloseIcon />
        </IconButton>
      )}
    </li>
  );
}

function ChipIcon({ attachment: { state, isImage } }: { attachment: Attachment }) {
  if (state === 'uploading') return <ProgressRing />;
  if (state === 'failed') return <ErrorIcon />;
  return isImage ? <ImageIcon /> : <FileIcon />;
}

function ChipNote({ attachment: { state, bytes, progress, error: reason } }: { attachment: Attachment }) {
  const { strings, number } = usePanel();
  if (state === 'failed') {
    return (
      <span class="attachment-error" role="alert">
        {reason}
      </span>
    );
  }
  const percent = fill(strings.percent, number(Math.floor((progress ?? 0) * 100)));
  const size = sizeInWords(bytes, number);
  return <span class="attachment-note">{state === 'uploading' ? percent : size}</span>;
}
