/**
 * The one place that knows which parts of the webview UI toolkit are in use. The toolkit has no
 * successor release: everything else goes through the components in this folder.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeLink,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextArea,
} from '@vscode/webview-ui-toolkit';
import type { DOMAttributes, Ref } from 'preact';

export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeLink(),
    vsCodeOption(),
    vsCodeProgressRing(),
    vsCodeTextArea(),
  );
}

interface ToolkitAttributes<E extends HTMLElement> extends DOMAttributes<E> {
  key?: string | number;
  ref?: Ref<E>;
  class?: string;
  title?: string;
  'aria-label'?: string;
  'aria-hidden'?: 'true';
  'aria-disabled'?: 'true';
}

/** The toolkit's `vscode-text-area`, as far as it is used. */
export interface TextAreaElement extends HTMLElement {
  value: string;
}

/** The toolkit's `vscode-dropdown`, as far as it is used. */
export interface DropdownElement extends HTMLElement {
  value: string;
}

/** The toolkit's `vscode-checkbox`, as far as it is used. */
export interface CheckboxElement extends HTMLElement {
  checked: boolean;
}

declare module 'preact' {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- this is how Preact's elements are extended
  namespace JSX {
    interface IntrinsicElements {
      'vscode-button': ToolkitAttributes<HTMLElement> & {
        appearance?: 'primary' | 'secondary' | 'icon';
        disabled?: boolean;
      };
      'vscode-checkbox': ToolkitAttributes<CheckboxElement>;
      'vscode-dropdown': ToolkitAttributes<DropdownElement> & { disabled?: boolean };
      'vscode-link': ToolkitAttributes<HTMLElement> & { href?: string };
      'vscode-option': ToolkitAttributes<HTMLElement> & { value: string; selected?: boolean };
      'vscode-progress-ring': ToolkitAttributes<HTMLElement>;
      'vscode-text-area': ToolkitAttributes<TextAreaElement> & {
        value?: string;
        placeholder?: string;
        rows?: number;
        resize?: 'none';
      };
    }
  }
}
