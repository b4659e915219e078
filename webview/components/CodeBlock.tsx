import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { usePanel } from '../context';
import { editorLanguage, highlight, languageLabel } from '../markdown/highlight';
import { sanitise } from '../markdown/sanitise';
import { memo } from '../memo';
import { CheckIcon, CopyIcon, InsertIcon, OpenIcon } from './icons';
import { IconButton } from './ui/IconButton';
import './CodeBlock.css';

/** How long «Copied» is shown, in milliseconds. */
const copiedTime = 1500;

export interface CodeBlockProps {
  code: string;
  /** The word at the fence; empty where there is none. */
  language: string;
  /** More code will follow. */
  growing: boolean;
}

/** A piece of code and what can be done with it. */
export const CodeBlock = memo(function CodeBlock({ code, language, growing }: CodeBlockProps) {
  const { panel, strings } = usePanel();
  const element = useRef<HTMLElement>(null);
  const label = language === '' ? strings.plainText : languageLabel(language);

  useLayoutEffect(() => {
    if (element.current !== null) show(element.current, code, highlight(code, language, growing));
  }, [code, language, growing]);

  return (
    <div class="code-block">
      <div class="code-block-head">
        <span class="code-block-language">{label}</span>
        <CopyButton code={code} />
        <IconButton label={strings.insertCode} onClick={() => panel.post({ type: 'insertCode', code })}>
          <InsertIcon />
        </IconButton>
        <IconButton
          label={strings.openCode}
          onClick={() => panel.post({ type: 'openCode', code, language: editorLanguage(language) })}
        >
          <OpenIcon />
        </IconButton>
      </div>
      <pre>
        <code ref={element} />
      </pre>
    </div>
  );
});

function CopyButton({ code }: { code: string }) {
  const { panel, strings } = usePanel();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), copiedTime);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <IconButton
      label={copied ? strings.copied : strings.copyCode}
      onClick={() => {
        panel.post({ type: 'copy', text: code });
        setCopied(true);
      }}
    >
      {copied ? <CheckIcon /> : <CopyIcon />}
    </IconButton>
  );
}

/** Code without colours grows in place: that costs the same for its first line and its last. */
function show(element: HTMLElement, code: string, html: string | undefined): void {
  if (html !== undefined) {
    element.replaceChildren(sanitise(html));
    return;
  }
  const [text] = element.childNodes;
  const isPlain = text instanceof Text && element.childNodes.length === 1;
  if (isPlain && code.startsWith(text.data)) text.appendData(code.slice(text.length));
  else element.textContent = code;
}
