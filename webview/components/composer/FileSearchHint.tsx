import type { AssistantOption } from '../../../src/protocol/chat';
import { fill, usePanel } from '../../context';
import type { PanelState } from '../../state';
import { TextButton } from '../ui/TextButton';

/** Says that the assistant does not search the attached files, and offers to turn file search on. */
export function FileSearchHint({ state, assistant }: { state: PanelState; assistant?: AssistantOption }) {
  const { panel, strings } = usePanel();
  const hasFiles = state.attachments.some(({ isImage, state: is }) => !isImage && is === 'ready');
  if (!hasFiles || assistant === undefined || assistant.fileTools.includes('file_search')) return null;
  const words = assistant.fileTools.length > 0 ? strings.filesForCode : strings.filesForNobody;
  return (
    <p class="attachment-hint" role="status">
      {fill(words, assistant.name)}{' '}
      <TextButton onClick={() => panel.post({ type: 'turnOnFileSearch' })}>
        {strings.turnOnFileSearch}
      </TextButton>
    </p>
  );
}
