import type { Attachment } from '../../../src/protocol/attachments';
import { sizeInWords } from '../../../src/protocol/fileSize';
import { fill, usePanel } from '../../context';
import { displayName } from '../files/fileNames';
import { CloseIcon, ErrorIcon, FileIcon, ImageIcon } from '../ui/icons';
import { IconButton } from '../ui/IconButton';
import { ProgressRing } from '../ui/ProgressRing';
import '../files/Attachments.css';

/** The files attached to the draft. */
export function AttachmentChips({ attachments }: { attachments: readonly Attachment[] }) {
  const { strings } = usePanel();
  if (attachments.length === 0) return null;
  return (
    <ul class="attachments" aria-label={strings.attachments}>
      {attachments.map((attachment) => (
        <Chip key={attachment.id} attachment={attachment} />
      ))}
    </ul>
  );
}

function Chip({ attachment }: { attachment: Attachment }) {
  const { panel, strings } = usePanel();
  const { id, state } = attachment;
  const name = displayName(attachment.name);
  return (
    <li class={`attachment attachment-${state}`}>
      <span class="attachment-icon">
        <ChipIcon attachment={attachment} />
      </span>
      <bdi class="attachment-name" title={name}>
        {name}
      </bdi>
      <ChipNote attachment={attachment} />
      <IconButton
        label={fill(strings.removeAttachment, name)}
        onClick={() => panel.post({ type: 'removeAttachment', id })}
      >
        <CloseIcon />
      </IconButton>
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
