import type { WebSource } from './webCitations';
import { usePanel } from '../../context';
import { Link } from '../ui/Link';
import './Citations.css';

/** The web pages that an answer is based on. */
export function WebSources({ sources }: { sources: readonly WebSource[] }) {
  const { panel, strings } = usePanel();
  return (
    <ul class="sources" aria-label={strings.sources}>
      {sources.map(({ url, name, mark }) => (
        <li key={`${mark} ${url}`} class="source web-source" title={url}>
          {mark !== undefined && <span class="web-source-mark">{mark}</span>}
          <Link onClick={() => panel.post({ type: 'openLink', url })}>
            <bdi>{name}</bdi>
          </Link>
        </li>
      ))}
    </ul>
  );
}
