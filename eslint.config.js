const js = require('@eslint/js');
const reactHooks = require('eslint-plugin-react-hooks');
const { defineConfig, globalIgnores } = require('eslint/config');
const typescript = require('typescript-eslint');

/** Imports of the folders of src/ that these are, seen from below another one. */
const into = (...folders) => `^(\\.\\./)+(${folders.join('|')})(/|$)`;

/** The engine imports nothing that is not its own, from however deep in it. */
const engineBorders = Array.from({ length: 8 }, (_, depth) => ({
  files: [`src/engine/${'*/'.repeat(depth)}*.ts`],
  regex: `^(vscode$|(\\.\\./){${depth + 1}})`,
}));

/** Which way imports may run: each layer names the places it must not reach into. */
const borders = [
  ...engineBorders,
  { files: ['src/models/**/*.ts'], regex: '^\\.\\./(?!engine/)' },
  { files: ['src/client/**/*.ts'], regex: into('extension', 'commands', 'views', 'documents', 'functions') },
  {
    files: ['src/functions/**/*.ts'],
    regex: into('extension', 'commands', 'views', 'documents', 'engine', 'models'),
  },
  { files: ['src/documents/**/*.ts'], regex: into('extension', 'commands', 'views', 'engine', 'models') },
  { files: ['src/views/**/*.ts'], regex: into('extension', 'commands', 'documents', 'engine', 'models') },
  { files: ['src/commands/**/*.ts'], regex: into('extension', 'engine', 'models') },
  { files: ['src/protocol/**/*.ts'], regex: '^(vscode$|\\.\\./)' },
  { files: ['webview/**/*.{ts,tsx}'], regex: '^vscode$|/src/(?!protocol/)' },
];

module.exports = defineConfig(
  globalIgnores(['dist/', 'out/', 'examples/', '.vscode-test/']),
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [typescript.configs.recommendedTypeChecked, typescript.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-empty-function': ['error', { allow: ['arrowFunctions'] }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // Untrusted objects and the environment are read by a name in quotes; mapped types stay as written.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
    },
  },
  {
    // The two rules of hooks; the plugin's others are for React's compiler and do not know Preact.
    files: ['webview/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' },
  },
  {
    files: ['**/*.mjs', '*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'AbortSignal',
          'clearInterval',
          'clearTimeout',
          'console',
          'fetch',
          'process',
          'setInterval',
          'setTimeout',
          'URL',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['*.js', 'test/extension/fixtures/**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { exports: 'writable', module: 'writable', require: 'readonly', __dirname: 'readonly' },
    },
  },
  {
    // What they show may hold the words of others, in which VS Code would find links that run commands.
    files: ['src/**/*.ts'],
    ignores: ['src/client/notices.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['showErrorMessage', 'showWarningMessage', 'showInformationMessage', 'withProgress'].map(
          (property) => ({ property, message: 'Messages to the user go through src/client/notices.ts.' }),
        ),
      ],
    },
  },
  borders.map(({ files, regex }) => ({
    files,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex, message: 'Imports do not cross this border.' }] },
      ],
    },
  })),
);
