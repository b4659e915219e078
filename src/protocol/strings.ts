/**
 * The chat panel's words, in English. The host hands them over translated (`vscode.l10n`), so every
 * value here has its entry in `l10n/bundle.l10n.<language>.json`. `{0}` is filled in by the panel.
 */
export const chatStrings = {
  panelTitle: 'Assistants Chat',
  send: 'Send',
  stop: 'Stop',
  retry: 'Retry',
  copy: 'Copy',
  copied: 'Copied',
  reload: 'Reload',
  setApiKey: 'Set API Key…',

  assistantPicker: 'Assistant',
  chooseAssistant: 'Choose an Assistant',
  demoNotice: 'Demo – scripted replies, no AI',
  untitledThread: 'New Thread',
  newThread: 'New Thread',
  openThread: 'Open Thread…',
  moreActions: 'More Actions…',
  editAssistant: 'Edit Assistant…',
  createAssistant: 'Create Assistant…',
  connectModel: 'Connect a Model…',
  showThreadJson: 'Show Thread JSON',
  showRunJson: 'Show Run JSON',
  showMessageJson: 'Show Message JSON',

  loading: 'Loading…',
  welcomeTitle: 'Chat with an assistant',
  welcomeText: 'Assistants keep their instructions, their conversations and their tools here, in VS Code.',
  createSampleAssistant: 'Create Math Tutor',
  demoExplained:
    'Math Tutor works at once: it answers from a script, so there is no AI, no key and no network involved. It solves linear equations step by step and shows how everything here works.',
  ownModelExplained: 'For answers from an AI model, connect one (OpenAI, Ollama or any compatible server).',
  startTitle: 'Ask {0}',
  startText: 'Write a message below, or begin with one of these:',
  suggestEquation: 'I need to solve the equation `3x + 11 = 14`. Can you help me?',
  suggestLinearAlgebra: 'Could you explain linear algebra to me?',
  suggestMotivation: 'I don’t like math. What can I do?',

  composerPlaceholder: 'Message {0}',
  composerLabel: 'Message',
  composerBlocked: 'Wait for the answer, or stop it',
  composerNoAssistant: 'Choose an assistant first',
  notSent: 'Not sent: {0}',

  messages: 'Messages',
  you: 'You',
  assistant: 'Assistant',
  messageBy: '{0}, {1}',
  copyMessage: 'Copy Message',
  loadOlder: 'Load Earlier Messages',
  jumpToLatest: 'Jump to Latest',
  refused: 'The assistant declined to answer:',
  imageFile: 'Image {0}',
  imageLink: 'Image: {0}',
  incompleteMaxTokens: 'This answer ended early: its limit of tokens was reached.',
  incompleteContentFilter: 'This answer ended early: the content filter of the model stopped it.',
  incompleteRunCancelled: 'This answer ended early: the run was stopped.',
  incompleteRunFailed: 'This answer ended early: the run failed.',
  incompleteRunExpired: 'This answer ended early: the run expired.',
  incompleteUnknown: 'This answer ended early.',

  plainText: 'Text',
  copyCode: 'Copy',
  insertCode: 'Insert at Cursor',
  openCode: 'Open as Document',

  runStatus: 'Run status',
  statusSending: 'Sending…',
  statusQueued: 'Waiting to start…',
  statusInProgress: 'Answering…',
  statusRequiresAction: 'Waiting for your input',
  statusCancelling: 'Stopping…',
  statusCancelled: 'Stopped',
  statusFailed: 'Failed',
  statusCompleted: 'Done',
  statusIncomplete: 'Ended early',
  statusExpired: 'Expired',
  elapsedTime: 'Time taken: {0}',
  tokens: '{0} tokens',
  otherRun: '1 other run under way',
  otherRuns: '{0} other runs under way',
  answerFinished: '{0} answered: {1}',
} as const;

export type ChatStrings = { readonly [K in keyof typeof chatStrings]: string };

/** What the host writes into the page for the panel to start with. */
export interface ChatConfig {
  strings: ChatStrings;
  /** A BCP 47 tag, for numbers and dates. */
  language: string;
}
