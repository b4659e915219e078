import { isOpenable } from '../../markdown/parser';
import type { Panel } from '../../panel';
import { followFootnote, isFootnoteLink } from './footnoteLinks';

/** Opens the link of a click through VS Code, which asks the user; the page never navigates. */
export function openLink(event: MouseEvent, panel: Panel): void {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (link === null) return;
  event.preventDefault();
  const path = link instanceof HTMLElement ? link.dataset['path'] : undefined;
  if (path !== undefined && event.button <= 1) {
    event.stopPropagation();
    panel.post({ type: 'openPath', path });
    return;
  }
  const url = link.getAttribute('href') ?? '';
  if (isFootnoteLink(url)) {
    event.stopPropagation();
    followFootnote(link);
    return;
  }
  if (event.button > 1 || !isOpenable(url)) return;
  // VS Code's own listener at the window would open the link a second time.
  event.stopPropagation();
  panel.post({ type: 'openLink', url });
}
