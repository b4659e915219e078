import { useContext, useRef, useState } from 'preact/hooks';
import { fill, Images, usePanel } from '../../context';
import { visible } from '../../hiddenCharacters';
import { Lightbox } from './Lightbox';
import { useNearViewport } from '../ui/useNearViewport';
import { FileActions } from './WrittenFiles';
import { ProgressRing } from '../ui/ProgressRing';
import './FileImage.css';

/** An image file of the API, requested when it comes near the visible part of the conversation. */
export function FileImage({ fileId }: { fileId: string }) {
  const { panel, strings } = usePanel();
  const image = useContext(Images).get(fileId);
  const place = useRef<HTMLDivElement>(null);
  const [isBroken, setBroken] = useState(false);
  const [isEnlarged, setEnlarged] = useState(false);

  useNearViewport(place, image === undefined ? fileId : undefined, () => panel.needImage(fileId));

  if (image === undefined) {
    return (
      <div ref={place} class="file-image-place">
        <ProgressRing />
        {strings.imageLoading}
      </div>
    );
  }
  const name = visible(image.name ?? fileId);
  if ('error' in image || isBroken) {
    const reason = 'error' in image ? image.error : strings.imageBroken;
    return (
      <div class="file-image-place">
        <span class="file-image-error">{fill(strings.imageNotShown, name, reason)}</span>
        <FileActions fileId={fileId} />
      </div>
    );
  }
  return (
    <>
      <button
        type="button"
        class="file-image"
        title={fill(strings.enlargeImage, name)}
        aria-label={fill(strings.enlargeImage, name)}
        onClick={() => setEnlarged(true)}
      >
        <img src={image.dataUrl} alt={name} onError={() => setBroken(true)} />
      </button>
      {isEnlarged && (
        <Lightbox fileId={fileId} name={name} url={image.dataUrl} onClose={() => setEnlarged(false)} />
      )}
    </>
  );
}
