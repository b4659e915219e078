import type { RefObject } from 'preact';
import { useContext, useEffect } from 'preact/hooks';
import { KnownPaths, usePanel } from '../../context';
import { marksEvent } from '../citations/citationMarks';
import { runTimeSliced } from '../code/timeSlicing';
import { drawPathLinks, pathsBelow } from './pathLinks';

/** Makes links of the paths below an element that are files of the workspace, once its text is complete. */
export function usePathLinks(
  root: RefObject<Element | null>,
  { messageId, text, growing }: { messageId: string; text: string; growing: boolean },
): void {
  const { panel } = usePanel();
  const existing = useContext(KnownPaths).get(messageId);
  useEffect(() => {
    const element = root.current;
    if (element === null || growing) return undefined;
    let cancel = () => {};
    const draw = () => {
      cancel();
      cancel = runTimeSliced(() => {
        const paths = pathsBelow(element);
        if (paths.length > 0) panel.needPaths(messageId, paths);
        if (existing !== undefined && existing.size > 0) drawPathLinks(element, existing);
      });
    };
    draw();
    // Parts of a long text are drawn later.
    element.addEventListener(marksEvent, draw);
    return () => {
      cancel();
      element.removeEventListener(marksEvent, draw);
    };
  }, [root, panel, messageId, text, growing, existing]);
}
