import type { FileSearchToolCall, RunStep } from 'openai/resources/beta/threads/runs/steps';
import { useContext, useId, useState } from 'preact/hooks';
import type { FoundPassage } from '../../../src/protocol/citations';
import type { CallState } from './calls';
import { placeInWords } from '../citations/citations';
import { fill, FoundPassages, usePanel } from '../../context';
import { displayName } from '../files/fileNames';
import { searchKey } from '../../state';
import { ProgressRing } from '../ui/ProgressRing';
import { TextButton } from '../ui/TextButton';
import './SearchDetails.css';

/** Maximum number of passages to list; a search normally returns fewer. */
const maxResults = 50;

/** Characters of a passage that are shown. */
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
  const { results } = call.file_search;
  if (!Array.isArray(results) || state === 'running') return null;
  const ids = { runId: step.run_id, stepId: step.id, callId: call.id };

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
      <div id={listId}>{expanded && <Results ids={ids} known={results} />}</div>
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
        <p class="search-result-text" dir="auto">
          {text.length > maxExcerptLength ? `${text.slice(0, maxExcerptLength)}…` : text}
        </p>
      )}
    </li>
  );
}

function withoutText({ file_id, file_name, score }: FileSearchToolCall.FileSearch.Result): FoundPassage {
  return { fileId: file_id, fileName: file_name, score, text: '' };
}
