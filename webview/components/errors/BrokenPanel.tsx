import { fill, usePanel } from '../../context';
import { ErrorCard } from '../composer/ErrorCard';

/** Stands in the place of the chat, or of a part of it, where that cannot be drawn. */
export function BrokenPanel({ error }: { error: unknown }) {
  const { panel, strings } = usePanel();
  return (
    <ErrorCard
      message={fill(strings.panelBroken, error instanceof Error ? error.message : String(error))}
      actions={[
        { label: strings.reload, run: () => panel.reload() },
        { label: strings.newThread, run: () => panel.command('newThread') },
        { label: strings.openThread, run: () => panel.command('openThread') },
      ]}
    />
  );
}
