import type { HostedSettings } from '../../engine/hosted/hostedTools';
import { readSetting } from '../settings';

/** Which tools the settings leave to the model's provider. */
export function hostedSettings(): HostedSettings {
  return {
    fileSearch: readSetting('fileSearch') === 'hosted',
    codeInterpreter: readSetting('codeInterpreter') === 'hosted',
  };
}
