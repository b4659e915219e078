import type { FileSearchToolCall, RunStep } from 'openai/resources/beta/threads/runs/steps';
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks';
import type { FoundPassage } from '../../../src/protocol/text/citations';
import type { CallState } from './calls';
import { placeInWords } from '../citations/citations';
import { fill, Finding, FoundPassages, usePanel } from '../../context';
import { displayName } from '../files/fileNames';
import { Fold } from '../find/Fold';
import { useUncover } from '../find/uncover';
import { searchKey } from '../../state';
import { ProgressRing } from '../ui/ProgressRing';
import { TextButton } from '../ui/TextButton';
import './SearchDetails.css';

/** Maximum number of passages to list; a search normally returns fewer. */
const maxResults = 50;

/** Characters of a passage that are shown, unless the find bar has found something after them. */
const maxExcerptLength = 400;

export interface SearchDetailsProps {
  step: RunStep;
  call: FileSearchToolCall;
  state: CallState;
}

/** The number of passages that a search found; the passages are shown on demand. */
export function SearchDetails({ step, call, state }: SearchDetailsProps) {
  const { panel, strings, number } = usePanel();
  const [expanded, setExpanded] = useState(false);
  const listId = useId();
  const isFinding = useContext(Finding);
  const { results } = call.file_search;
  const hasResults = Array.isArray(results) && results.length > 0 && state !== 'running';
  const { run_id: runId, id: stepId } = step;

  useEffect(() => {
    if (isFinding && hasResults) panel.needPassages({ runId, stepId, callId: call.id });
  }, [isFinding, hasResults, panel, runId, stepId, call.id]);

  if (!Array.isArray(results) || state === 'running') return null;
  const ids = { runId, stepId, callId: call.id };

  function toggle(): void {
    if (!expanded) panel.needPassages(ids);
    setExpanded(!expanded);
  }

  if (results.length === 0) return <p class="call-note">{strings.searchNothing}</p>;
  const count =
    results.length === 1 ? strings.searchFoundOne : fill(strings.searchFound, number(results.length));
  return (
    <>
      <div class="call-actions">
        <span class="call-progress">{count}</span>
        <TextButton expanded={expanded} controls={listId} onClick={toggle}>
          {expanded ? strings.hidePassages : strings.showPassages}
        </TextButton>
      </div>
      <Fold id={listId} isOpen={expanded} open={() => setExpanded(true)}>
        <Results ids={ids} known={results} />
      </Fold>
    </>
  );
}

interface ResultsProps {
  ids: { runId: string; stepId: string; callId: string };
  /** The results as the step has them, without their text. */
  known: readonly FileSearchToolCall.FileSearch.Result[];
}

function Results({ ids, known }: ResultsProps) {
  const { strings } = usePanel();
  const found = useContext(FoundPassages).get(searchKey(ids));
  if (found === undefined) {
    return (
      <p class="call-note search-loading">
        <ProgressRing />
        {strings.citationLoading}
      </p>
    );
  }
  const passages = found.error === undefined ? found.passages : known.map(withoutText);
  return (
    <>
      {found.error !== undefined && <p class="call-note">{found.error}</p>}
      <ol class="search-results" aria-label={strings.passages}>
        {passages.slice(0, maxResults).map((passage, index) => (
          <Result key={index} ids={ids} index={index} passage={passage} canOpen={found.error === undefined} />
        ))}
      </ol>
    </>
  );
}

interface ResultProps {
  ids: ResultsProps['ids'];
  index: number;
  passage: FoundPassage;
  canOpen: boolean;
}

function Result({ ids, index, passage, canOpen }: ResultProps) {
  const { panel, strings, number } = usePanel();
  const name = placeInWords(displayName(passage.fileName || passage.fileId), passage, strings);
  const score = number(Math.round(passage.score * 100) / 100);
  const text = passage.text.trim();
  const isFinding = useContext(Finding);
  const excerpt = useRef<HTMLParagraphElement>(null);
  const [isWhole, setWhole] = useState(false);
  useUncover(excerpt, () => {
    setWhole(true);
    return !isWhole;
  });
  const isCut = text.length > maxExcerptLength && !isWhole && !isFinding;
  return (
    <li class="search-result">
      <div class="search-result-head">
        {canOpen ? (
          <TextButton onClick={() => panel.post({ type: 'openPassage', ...ids, index })}>
            <bdi>{name}</bdi>
          </TextButton>
        ) : (
          <bdi>{name}</bdi>
        )}
        <span class="search-result-score" title={fill(strings.searchScore, score)}>
          <span class="visually-hidden">{fill(strings.searchScore, score)}</span>
          <span aria-hidden="true">{score}</span>
        </span>
      </div>
      {text !== '' && (
        <p ref={excerpt} class={`search-result-text${isWhole ? ' search-result-whole' : ''}`} dir="auto">
          {isCut ? `${text.slice(0, maxExcerptLength)}…` : text}
        </p>
      )}
    </li>
  );
}

function withoutText({ file_id, file_name, score }: FileSearchToolCall.FileSearch.Result): FoundPassage {
  return { fileId: file_id, fileName: file_name, score, text: '' };
}
