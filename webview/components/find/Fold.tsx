import type { ComponentChildren, RefObject } from 'preact';
import { useContext, useRef } from 'preact/hooks';
import { Finding } from '../../context';
import { useUncover } from './uncover';

export interface FoldProps {
  id: string;
  isOpen: boolean;
  /** Called when the find bar shows a match inside. */
  open: () => void;
  /** Set if the parent needs the element around the content. */
  outside?: RefObject<HTMLDivElement | null>;
  children: ComponentChildren;
}

/** Content that can be folded away. It is drawn while it is open, and also, hidden, while the find bar searches it. */
export function Fold({ id, isOpen, open, outside, children }: FoldProps) {
  const own = useRef<HTMLDivElement | null>(null);
  const element = outside ?? own;
  const isFinding = useContext(Finding);
  useUncover(element, () => {
    if (!isOpen) open();
    return !isOpen;
  });
  return (
    <div id={id} ref={element} hidden={!isOpen}>
      {(isOpen || isFinding) && children}
    </div>
  );
}
