/**
 * Registers the webview UI toolkit's elements in use, and their types. The toolkit is deprecated: only
 * this folder uses it, so that it can be replaced.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeLink,
  vsCodeProgressRing,
  vsCodeTextArea,
} from '@vscode/webview-ui-toolkit';
import type { DOMAttributes, Ref } from 'preact';

export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeLink(),
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

/** The part of the toolkit's `vscode-text-area` in use. */
export interface TextAreaElement extends HTMLElement {
  value: string;
}

/** The part of the toolkit's `vscode-checkbox` in use. */
export interface CheckboxElement extends HTMLElement {
  checked: boolean;
}

declare module 'preact' {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Preact's element types are extended this way
  namespace JSX {
    interface IntrinsicElements {
      'vscode-button': ToolkitAttributes<HTMLElement> & {
        appearance?: 'primary' | 'secondary' | 'icon';
        disabled?: boolean;
      };
      'vscode-checkbox': ToolkitAttributes<CheckboxElement>;
      'vscode-link': ToolkitAttributes<HTMLElement> & { href?: string };
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
