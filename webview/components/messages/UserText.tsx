import { useMemo } from 'preact/hooks';
import { usePanel } from '../../context';
import { PieceSplitter } from '../../markdown/layout';
import { linkedParts, userBlocks } from '../../markdown/userText';
import { memo } from '../../memo';
import { CodeBlock } from '../code/CodeBlock';
import { FoldedContext } from './FoldedContext';
import { openLink } from './openLink';

/** A text by the user, as it was written: only its code blocks, context and links are recognised. */
export const UserText = memo(function UserText({ text }: { text: string }) {
  const { panel } = usePanel();
  const blocks = useMemo(() => userBlocks(text), [text]);
  const onClick = (event: MouseEvent) => openLink(event, panel);
  return (
    <div class="markdown" onClick={onClick} onAuxClick={onClick}>
      {blocks.map((block, index) =>
        block.kind === 'text' ? (
          <Verbatim key={index} text={block.text} />
        ) : block.heading ? (
          <FoldedContext key={index} {...block} heading={block.heading} />
        ) : (
          <CodeBlock
            key={index}
            code={block.code}
            language={block.language}
            file={block.file}
            growing={false}
          />
        ),
      )}
    </div>
  );
});

function Verbatim({ text }: { text: string }) {
  const pieces = useMemo(() => new PieceSplitter().grow(text), [text]);
  return (
    <div class="markdown-plain">
      {pieces.length > 1 ? pieces.map((piece, index) => <div key={index}>{piece}</div>) : linked(text)}
    </div>
  );
}

function linked(text: string) {
  return linkedParts(text).map(({ text: shown, url }) =>
    url === undefined ? (
      shown
    ) : (
      <a key={url} href={url} title={url}>
        {shown}
      </a>
    ),
  );
}
