/** Setup of the tests of an assistant's form. */
import type { FormFields, FormHostMessage, FormMessage, FormView } from '../../src/protocol/form';
import type { HostMessage } from '../../src/protocol/chat';
import type { PanelPage } from './panelPage';
import { atRest } from './samples';

export const sampleFields: FormFields = {
  name: 'Math Tutor',
  description: 'Explains mathematics',
  instructions: 'You are a personal math tutor.\nAnswer briefly.',
  model: 'openai/gpt-test',
  temperature: '0.5',
  top_p: '',
  reasoning_effort: '',
  response_format: {
    type: 'json_schema',
    name: 'answer',
    description: '',
    strict: false,
    schema: '{\n  "type": "object"\n}',
  },
  code_interpreter: true,
  code_files: ['file_1', 'file_2'],
  file_search: { isOn: true, max_num_results: '', score_threshold: '', ranker: 'auto' },
  vector_stores: ['vs_1'],
  functions: [
    { name: 'display_quiz', description: 'Shows a quiz' },
    { name: 'look', description: 'Looks something up' },
  ],
  suggestions: 'Solve 3x + 11 = 14.',
  metadata: [
    { key: 'team', value: 'blue' },
    { key: 'version', value: '2' },
  ],
};

/** Shows the form, with an empty chat beside it. */
export async function showForm(panel: PanelPage, view: Partial<FormView> = {}): Promise<void> {
  await panel.receiveState({ ...atRest, thread: undefined, isTrial: true });
  await panel.receive({ type: 'messages', threadId: null, messages: [], hasMore: false });
  await receiveView(panel, { fields: sampleFields, ...view });
}

/** Delivers a view of the form. */
export async function receiveView(panel: PanelPage, view: Partial<FormView>): Promise<void> {
  const message: FormHostMessage = {
    type: 'form',
    view: {
      assistantId: 'asst_1',
      status: { kind: 'ready' },
      seen: 0,
      errors: {},
      conflicts: {},
      names: { file_1: 'data.csv', file_2: 'more.csv', vs_1: 'Notes' },
      isDemo: false,
      hasVersions: false,
      untried: [],
      ...view,
    },
  };
  await panel.receive(message as unknown as HostMessage);
}

/** The messages of the form that were posted, oldest first. */
export async function postedByForm(panel: PanelPage): Promise<FormMessage[]> {
  const posted: { type: string }[] = await panel.posted();
  return posted.filter(({ type }) => type.startsWith('form')) as FormMessage[];
}

/** The last value that the form has posted for a field. */
export async function lastEdit(panel: PanelPage): Promise<{ field: string; value: unknown } | undefined> {
  const edits = (await postedByForm(panel)).flatMap((one) => (one.type === 'formEdit' ? [one] : []));
  const last = edits.at(-1);
  return last && { field: last.field, value: last.value };
}
