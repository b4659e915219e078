import { useEffect, useState } from 'preact/hooks';
import { usePanel } from '../../context';
import { editorLanguage, languageLabel } from '../../markdown/highlight';
import { memo } from '../../memo';
import { Code } from './Code';
import { useLanguage } from './useLanguage';
import { ApplyIcon, CheckIcon, CopyIcon, InsertIcon, NewFileIcon } from '../ui/icons';
import { IconButton } from '../ui/IconButton';
import './CodeBlock.css';

/** Milliseconds for which “Copied” is shown. */
const copiedTime = 1500;

export interface CodeBlockProps {
  code: string;
  /** The language named after the fence, or empty. */
  language: string;
  /** The path named after the fence, or empty. */
  file: string;
  /** More code will follow. */
  growing: boolean;
}

/** A code block with buttons to copy, insert, apply and open the code. */
export const CodeBlock = memo(function CodeBlock({ code, language, file, growing }: CodeBlockProps) {
  const { panel, strings } = usePanel();
  useLanguage(language);
  const label = language === '' ? strings.plainText : languageLabel(language);

  return (
    <div class="code-block">
      <div class="code-block-head">
        <span class="code-block-language" title={file === '' ? undefined : file}>
          {file === '' ? label : `${label} · ${file}`}
        </span>
        <CopyButton code={code} />
        <IconButton label={strings.insertCode} onClick={() => panel.post({ type: 'insertCode', code })}>
          <InsertIcon />
        </IconButton>
        <IconButton
          label={strings.applyCode}
          onClick={() =>
            panel.post({
              type: 'applyCode',
              code,
              language: editorLanguage(language),
              file: file || undefined,
            })
          }
        >
          <ApplyIcon />
        </IconButton>
        <IconButton
          label={strings.openCode}
          onClick={() => panel.post({ type: 'openCode', code, language: editorLanguage(language) })}
        >
          <NewFileIcon />
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
