import { useEffect, useState } from 'preact/hooks';
import { usePanel } from '../../context';
import { editorLanguage, languageLabel } from '../../markdown/highlight';
import { memo } from '../../memo';
import { Code } from './Code';
import { CheckIcon, CopyIcon, InsertIcon, OpenIcon } from '../ui/icons';
import { IconButton } from '../ui/IconButton';
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
