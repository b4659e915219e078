import { usePanel } from '../../../context';
import { TextButton } from '../../ui/TextButton';

/** Ends the run that waits. */
export function CancelRun() {
  const { panel, strings } = usePanel();
  return <TextButton onClick={() => panel.post({ type: 'stop' })}>{strings.cancelRun}</TextButton>;
}
