import type { HostedSettings } from '../../engine/hosted/hostedTools';
import { readSetting } from '../settings';

/** Which tools the settings leave to the provider of a run's model. */
export function hostedSettings(): HostedSettings {
  return {
    fileSearch: readSetting('fileSearch') === 'hosted',
    codeInterpreter: readSetting('codeInterpreter') === 'hosted',
  };
}
