import { useEffect, useState } from 'preact/hooks';
import { hasFiles, type DroppedFiles } from '../../droppedFiles';

/** Takes files that are dropped anywhere on the panel. Says whether some are held over it now. */
export function useDrop(files: DroppedFiles): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    // A link or a picture of the panel itself is nothing to attach.
    let isOwn = false;
    const takes = (event: DragEvent): boolean => !isOwn && hasFiles(event.dataTransfer);
    const listeners = {
      dragstart: () => void (isOwn = true),
      dragend: () => void (isOwn = false),
      dragover: (event: DragEvent) => {
        if (!takes(event)) return;
        event.preventDefault();
        if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
        setOver(true);
      },
      dragleave: (event: DragEvent) => {
        if (event.relatedTarget === null) setOver(false);
      },
      drop: (event: DragEvent) => {
        setOver(false);
        // The page must never go to what was dropped on it.
        event.preventDefault();
        if (takes(event) && event.dataTransfer) files.offerDrop(event.dataTransfer);
      },
    };
    const all = Object.entries(listeners) as [keyof typeof listeners, (event: DragEvent) => void][];
    for (const [type, listener] of all) window.addEventListener(type, listener);
    return () => all.forEach(([type, listener]) => window.removeEventListener(type, listener));
  }, [files]);
  return isOver;
}
