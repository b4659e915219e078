import { useState } from 'preact/hooks';
import { Finding, usePanel } from '../context';
import { visible } from '../hiddenCharacters';
import { pendingOf } from './calls/pendingCalls';
import { hasOlder, shownMessages, type PanelState } from '../state';
import { Announcer } from './Announcer';
import { BrokenPanel } from './errors/BrokenPanel';
import { ErrorBoundary } from './errors/ErrorBoundary';
import { AnswerNow } from './composer/AnswerNow';
import { Composer } from './composer/Composer';
import { ErrorCard } from './composer/ErrorCard';
import { Find } from './find/FindBar';
import { MessageList } from './messages/MessageList';
import { RunBar } from './composer/RunBar';
import { useDrop } from './composer/useDrop';
import { Loading, NoAssistants, NoMessages } from './Welcome';
import './App.css';

/** The chat panel. */
export function App({ state }: { state: PanelState }) {
  const { host, messages } = state;
  const { panel, strings } = usePanel();
  const assistant = host.assistants.find(({ id }) => id === host.assistantId);
  const isDropping = useDrop(panel.droppedFiles);
  const [isFinding, setFinding] = useState(false);
  const isNew = host.loaded && host.assistants.length === 0 && messages.length === 0;

  return (
    <div class="panel">
      {isDropping && <div class="drop-place">{strings.dropFiles}</div>}
      {/* VS Code shows the title above the view, or in the tab; here it is for screen readers. */}
      <h1 class="visually-hidden">{visible(host.thread?.title || strings.untitledThread)}</h1>
      <div class={isFinding ? 'panel-main finding' : 'panel-main'}>
        <ErrorBoundary of={state} fallback={(error) => <BrokenPanel error={error} />}>
          <Finding.Provider value={isFinding}>
            <Main state={state} />
          </Finding.Provider>
          <Find state={state} onToggle={setFinding} />
        </ErrorBoundary>
      </div>
      {host.error !== undefined && (
        <ErrorCard message={host.error} actions={[{ label: strings.reload, run: () => panel.reload() }]} />
      )}
      <RunBar
        run={host.run}
        pending={pendingOf(state)}
        otherRuns={host.otherRuns}
        output={{ message: state.messages.at(-1), steps: host.run && state.steps.get(host.run.id) }}
      />
      <AnswerNow state={state} />
      {!isNew && <Composer state={state} assistant={assistant} />}
      <ErrorBoundary of={state} fallback={() => null}>
        <Announcer state={state} />
      </ErrorBoundary>
    </div>
  );
}

function Main({ state }: { state: PanelState }) {
  const { host, messages } = state;
  const pending = pendingOf(state);
  if (messages.length > 0 || pending !== undefined) {
    return (
      <MessageList
        messages={shownMessages(state)}
        steps={state.steps}
        pending={pending}
        run={host.run}
        threadId={state.threadId}
        assistants={host.assistants}
        hasOlder={hasOlder(state)}
        loadingOlder={state.loadingOlder}
        olderFailed={state.olderFailed}
        branches={state.branches}
        branchFocus={state.branchFocus}
        marked={state.marked}
      />
    );
  }
  if (!host.loaded || !state.messagesLoaded) return host.error === undefined ? <Loading /> : null;
  if (host.assistants.length === 0) return <NoAssistants />;
  if (state.sending !== undefined || host.run !== undefined) return null;
  return <NoMessages assistant={host.assistants.find(({ id }) => id === host.assistantId)} />;
}
