import { useEffect, useState } from 'preact/hooks';
import { hasFiles, type DroppedFiles } from '../../droppedFiles';

/** Accepts files dropped anywhere on the panel. Returns whether files are being dragged over it. */
export function useDrop(files: DroppedFiles): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    // Ignore links and images dragged from the panel itself.
    let isOwn = false;
    const accepts = (event: DragEvent): boolean => !isOwn && hasFiles(event.dataTransfer);
    const listeners = {
      dragstart: () => void (isOwn = true),
      dragend: () => void (isOwn = false),
      dragover: (event: DragEvent) => {
        if (!accepts(event)) return;
        event.preventDefault();
        if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
        setOver(true);
      },
      dragleave: (event: DragEvent) => {
        if (event.relatedTarget === null) setOver(false);
      },
      drop: (event: DragEvent) => {
        setOver(false);
        // Never navigate to what was dropped.
        event.preventDefault();
        if (accepts(event) && event.dataTransfer) files.offerDrop(event.dataTransfer);
      },
    };
    const all = Object.entries(listeners) as [keyof typeof listeners, (event: DragEvent) => void][];
    for (const [type, listener] of all) window.addEventListener(type, listener);
    return () => all.forEach(([type, listener]) => window.removeEventListener(type, listener));
  }, [files]);
  return isOver;
}
