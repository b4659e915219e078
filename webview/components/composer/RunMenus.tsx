import type { AssistantOption, ChatState } from '../../../src/protocol/chat';
import { fill, usePanel } from '../../context';
import { visible } from '../../hiddenCharacters';
import { Menu } from '../ui/Menu';

export interface RunMenusProps {
  host: ChatState;
  /** The selected assistant. */
  assistant: AssistantOption | undefined;
}

/** Who answers the next message, and with which model. */
export function RunMenus({ host, assistant }: RunMenusProps) {
  if (!host.loaded || host.assistants.length === 0 || host.isTrial) return null;
  return (
    <>
      <AssistantMenu host={host} assistant={assistant} />
      {assistant !== undefined && <ModelMenu assistant={assistant} nextModel={host.nextModel} />}
    </>
  );
}

function AssistantMenu({ host, assistant }: RunMenusProps) {
  const { panel, strings } = usePanel();
  const name = assistant === undefined ? strings.chooseAssistant : visible(assistant.name);
  const options = host.assistants.map((option) => ({
    key: option.id,
    label: visible(option.name),
    detail: [option.demo ? strings.demoNotice : visible(option.model), option.hint]
      .filter((part) => part !== undefined)
      .join(' · '),
    checked: option.id === assistant?.id,
    run: () => {
      if (option.id !== assistant?.id) panel.post({ type: 'selectAssistant', assistantId: option.id });
    },
  }));
  const actions = [
    {
      label: strings.editAssistant,
      disabled: assistant === undefined,
      run: () => panel.command('editAssistant'),
    },
    { label: strings.createAssistant, run: () => panel.command('createAssistant') },
  ];
  return (
    <Menu label={fill(strings.assistantMenu, name)} title={name} groups={[options, actions]}>
      <bdi>{name}</bdi>
    </Menu>
  );
}

function ModelMenu({ assistant, nextModel }: { assistant: AssistantOption } & Pick<ChatState, 'nextModel'>) {
  const { panel, strings } = usePanel();
  const named = (id: string, demo: boolean) => (demo ? strings.demoNotice : visible(id));
  const short = (id: string, demo: boolean) => (demo ? strings.demoNotice : shortModel(visible(id)));
  const own = named(assistant.model, assistant.demo);
  const next = nextModel && named(nextModel.id, nextModel.demo);
  const name = next === undefined ? own : fill(strings.nextRunOnly, next);
  const choices = [
    {
      key: 'own',
      label: own,
      detail: strings.modelOfAssistant,
      checked: nextModel === undefined,
      run: () => panel.post({ type: 'resetNextModel' }),
    },
    ...(next === undefined
      ? []
      : [{ key: 'next', label: next, detail: strings.modelOfNextRun, checked: true, run: () => {} }]),
  ];
  const actions = [
    { label: strings.chooseNextModel, run: () => panel.command('chooseNextModel') },
    { label: fill(strings.changeModelOf, visible(assistant.name)), run: () => panel.command('changeModel') },
  ];
  return (
    <Menu label={fill(strings.modelMenu, name)} title={name} groups={[choices, actions]}>
      {nextModel === undefined
        ? short(assistant.model, assistant.demo)
        : fill(strings.nextRunOnly, short(nextModel.id, nextModel.demo))}
    </Menu>
  );
}

/** A model's id without its connection and its maker: `openrouter/meta/llama-4` → `llama-4`. */
function shortModel(id: string): string {
  return id.split('/').findLast((part) => part !== '') ?? id;
}
