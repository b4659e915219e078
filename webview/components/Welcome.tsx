/** Empty states of the panel. */
import type { ComponentChildren } from 'preact';
import type { AssistantOption } from '../../src/protocol/chat';
import { fill, usePanel } from '../context';
import { Button } from './ui/Button';
import { ProgressRing } from './ui/ProgressRing';
import { TextButton } from './ui/TextButton';
import './Welcome.css';

export function Loading() {
  const { strings } = usePanel();
  return (
    <div class="welcome-loading" role="status">
      <ProgressRing />
      {strings.loading}
    </div>
  );
}

/** Shown on first use. */
export function NoAssistants() {
  const { panel, strings } = usePanel();
  return (
    <Page>
      <h2>{strings.welcomeTitle}</h2>
      <p class="welcome-quiet">{strings.welcomeText}</p>
      <Button primary onClick={() => panel.command('createSampleAssistant')}>
        {strings.createSampleAssistant}
      </Button>
      <p>{strings.demoExplained}</p>
      <hr class="welcome-rule" />
      <p>{strings.ownModelExplained}</p>
      <div class="welcome-actions">
        <Button onClick={() => panel.command('addConnection')}>{strings.connectModel}</Button>
        <Button onClick={() => panel.command('createAssistant')}>{strings.createAssistant}</Button>
      </div>
      <TextButton onClick={() => panel.command('getStarted')}>{strings.getStarted}</TextButton>
    </Page>
  );
}

/** Shown in an empty thread, with suggested messages. */
export function NoMessages({ assistant }: { assistant: AssistantOption | undefined }) {
  const { panel, strings } = usePanel();
  const suggestions = assistant?.suggestions ?? [];
  return (
    <Page>
      <h2>{fill(strings.startTitle, assistant?.name ?? strings.assistant)}</h2>
      <p class="welcome-quiet">{suggestions.length > 0 ? strings.startText : strings.startTextAlone}</p>
      {suggestions.map((text) => (
        <button
          key={text}
          type="button"
          class="suggestion"
          disabled={assistant === undefined}
          onClick={() => panel.send(text)}
        >
          {text.replaceAll('`', '')}
        </button>
      ))}
      {assistant?.demo && (
        <p class="welcome-quiet">
          {strings.demoNotice}{' '}
          <TextButton onClick={() => panel.command('addConnection')}>{strings.connectModel}</TextButton>
        </p>
      )}
    </Page>
  );
}

function Page({ children }: { children: ComponentChildren }) {
  return (
    <div class="welcome">
      <div class="welcome-content">{children}</div>
    </div>
  );
}
