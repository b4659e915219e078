import type { Message } from 'openai/resources/beta/threads/messages';
import { useContext } from 'preact/hooks';
import { citedFiles, citedName, type CitedPassages } from './citations';
import { Citations, usePanel } from '../../context';
import { FileIcon } from '../ui/icons';
import { TextButton } from '../ui/TextButton';
import './Citations.css';

/** The files that an answer cites, each once; a click opens the first passage cited. */
export function Sources({ message, cited }: { message: Message; cited: CitedPassages }) {
  const { panel, strings } = usePanel();
  const known = useContext(Citations).get(message.id);
  return (
    <ul class="sources" aria-label={strings.sources}>
      {citedFiles(cited).map((passage) => (
        <li key={passage.fileId} class="source">
          <FileIcon />
          <TextButton
            onClick={() => panel.post({ type: 'openCitation', messageId: message.id, index: passage.index })}
          >
            <bdi>{citedName(passage, known?.[passage.index])}</bdi>
          </TextButton>
        </li>
      ))}
    </ul>
  );
}
