/** VS Code's user settings, by their ids. */
export type Settings = Record<string, unknown>;

/** The ids of VS Code's themes. */
export const themes = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  highContrast: 'Default High Contrast',
} as const;

export type Theme = keyof typeof themes;

/** Whether the walkthrough of a new extension opens by itself. */
export const opensWalkthroughs = 'workbench.welcomePage.walkthroughs.openOnInstall';

/** Turns off what gets in the way of tests: workspace trust, welcome pages, VS Code's own chat. */
export const defaultSettings: Settings = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  [opensWalkthroughs]: false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': themes.dark,
  'window.autoDetectColorScheme': false,
  'window.confirmBeforeClose': 'never',
  'chat.disableAIFeatures': true,
  'files.autoSave': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
};
