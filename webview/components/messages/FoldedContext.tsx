import { useId, useState } from 'preact/hooks';
import { headingLabel, type ContextHeading } from '../../../src/protocol/context';
import { readPlace } from '../../../src/protocol/text/filePaths';
import { fill, usePanel } from '../../context';
import { CodeBlock } from '../code/CodeBlock';
import { ContextIcon } from '../files/ContextIcon';
import { displayName } from '../files/fileNames';
import { Fold } from '../find/Fold';
import { ChevronIcon, OpenIcon } from '../ui/icons';
import { IconButton } from '../ui/IconButton';
import './FoldedContext.css';

export interface FoldedContextProps {
  heading: ContextHeading;
  code: string;
  language: string;
}

/** A file, or another part of a message that came with the user's words: its name, which opens its text. */
export function FoldedContext({ heading, code, language }: FoldedContextProps) {
  const { panel, strings, number } = usePanel();
  const [isOpen, setOpen] = useState(false);
  const contentId = useId();
  const path = headingLabel(heading);
  const label = displayName(path);
  const lines = code.split('\n').length;
  const isFile = heading.kind === 'file' || heading.kind === 'lines';
  return (
    <div class="folded-context">
      <div class="folded-context-head">
        <button
          type="button"
          class="folded-context-button"
          title={label}
          aria-expanded={isOpen}
          aria-controls={contentId}
          onClick={() => setOpen(!isOpen)}
        >
          <ChevronIcon />
          <ContextIcon kind={heading.kind} />
          <bdi class="folded-context-name">{label}</bdi>
          <span class="folded-context-note">
            {lines === 1 ? strings.oneLine : fill(strings.lines, number(lines))}
          </span>
        </button>
        {isFile && readPlace(path) !== undefined && (
          <IconButton label={strings.openFile} onClick={() => panel.post({ type: 'openPath', path })}>
            <OpenIcon />
          </IconButton>
        )}
      </div>
      <Fold id={contentId} isOpen={isOpen} open={() => setOpen(true)}>
        <CodeBlock code={code} language={language} file="" growing={false} />
      </Fold>
    </div>
  );
}
