import { useLayoutEffect, useRef } from 'preact/hooks';
import { usePanel } from '../../context';
import { CloseIcon } from '../ui/icons';
import { FileActions } from './WrittenFiles';
import { IconButton } from '../ui/IconButton';
import './Lightbox.css';

export interface LightboxProps {
  fileId: string;
  name: string;
  url: string;
  onClose: () => void;
}

/** An image enlarged to the panel's size; closed by Escape, the button or a click beside the image. */
export function Lightbox({ fileId, name, url, onClose }: LightboxProps) {
  const { strings } = usePanel();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();

  return (
    <dialog
      ref={dialog}
      class="lightbox"
      aria-label={name}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="lightbox-head">
        <span class="lightbox-name" title={name}>
          {name}
        </span>
        <IconButton label={strings.closeImage} onClick={close}>
          <CloseIcon />
        </IconButton>
      </div>
      <img class="lightbox-image" src={url} alt={name} />
      <div class="lightbox-foot">
        <FileActions fileId={fileId} />
      </div>
    </dialog>
  );
}
