import type { AssistantOption, ChatState } from '../../src/protocol/chat';
import { usePanel } from '../context';
import { visible } from '../hiddenCharacters';
import { AddIcon, HistoryIcon, MoreIcon } from './ui/icons';
import { Dropdown } from './ui/Dropdown';
import { IconButton } from './ui/IconButton';
import { Menu } from './ui/Menu';
import './Header.css';

/** The assistant picker, the thread's title, and the menu of thread and assistant commands. */
export function Header({ host }: { host: ChatState }) {
  const { panel, strings } = usePanel();
  const title = visible(host.thread?.title || strings.untitledThread);
  const option = ({ id, name, demo }: AssistantOption) => ({
    value: id,
    text: demo ? `${name} (${strings.demoNotice})` : name,
  });

  return (
    <header class="header">
      <div class="header-row">
        <div class="header-picker">
          {host.assistants.length > 0 && (
            <Dropdown
              label={strings.assistantPicker}
              placeholder={strings.chooseAssistant}
              options={host.assistants.map(option)}
              value={host.assistantId}
              onChange={(assistantId) => panel.post({ type: 'selectAssistant', assistantId })}
            />
          )}
        </div>
        <IconButton label={strings.newThread} onClick={() => panel.command('newThread')}>
          <AddIcon />
        </IconButton>
        <IconButton label={strings.openThread} onClick={() => panel.command('openThread')}>
          <HistoryIcon />
        </IconButton>
        <Menu
          label={strings.moreActions}
          icon={<MoreIcon />}
          items={[
            {
              label: strings.editAssistant,
              disabled: host.assistantId === undefined,
              run: () => panel.command('editAssistant'),
            },
            { label: strings.createAssistant, run: () => panel.command('createAssistant') },
            {
              label: strings.showThreadJson,
              disabled: host.thread === undefined,
              run: () => panel.command('showThreadJson'),
            },
            {
              label: strings.viewRunSteps,
              disabled: !host.run?.id,
              run: () => panel.command('viewRunSteps'),
            },
            {
              label: strings.showRunJson,
              // A run that is being created has no id yet.
              disabled: !host.run?.id,
              run: () => panel.command('showRunJson'),
            },
          ]}
        />
      </div>
      <h1 class="header-title" dir="auto" title={title}>
        {title}
      </h1>
    </header>
  );
}
