import { useEffect, useState } from 'preact/hooks';
import { usePanel } from '../../context';
import { editorLanguage, languageLabel } from '../../markdown/highlight';
import { memo } from '../../memo';
import { Code } from './Code';
import { CheckIcon, CopyIcon, InsertIcon, OpenIcon } from '../ui/icons';
import { IconButton } from '../ui/IconButton';
import './CodeBlock.css';

/** Milliseconds for which “Copied” is shown. */
const copiedTime = 1500;

export interface CodeBlockProps {
  code: string;
  /** The language named after the fence, or empty. */
  language: string;
  /** More code will follow. */
  growing: boolean;
}

/** A code block with buttons to copy, insert and open the code. */
export const CodeBlock = memo(function CodeBlock({ code, language, growing }: CodeBlockProps) {
  const { panel, strings } = usePanel();
  const label = language === '' ? strings.plainText : languageLabel(language);

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
        <Code code={code} language={language} growing={growing} />
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
