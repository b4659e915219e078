import { usePanel } from '../../../context';
import { TextButton } from '../../ui/TextButton';

/** A button that cancels the run. */
export function CancelRun() {
  const { panel, strings } = usePanel();
  return <TextButton onClick={() => panel.post({ type: 'stop' })}>{strings.cancelRun}</TextButton>;
}
