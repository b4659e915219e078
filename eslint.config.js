const js = require('@eslint/js');
const reactHooks = require('eslint-plugin-react-hooks');
const { defineConfig, globalIgnores } = require('eslint/config');
const { builtinRules } = require('eslint/use-at-your-own-risk');
const typescript = require('typescript-eslint');

const restrictedImports = builtinRules.get('no-restricted-imports');

/** Imports of the folders of src/ that these are, seen from below another one. */
const into = (...folders) => `^(\\.\\./)+(${folders.join('|')})(/|$)`;

/** Imports of folders beside the file's own one. */
const beside = (...folders) => `^\\.\\./(${folders.join('|')})/`;

/** The engine imports nothing that is not its own, from however deep in it. */
const engineBorders = Array.from({ length: 8 }, (_, depth) => ({
  files: [`src/engine/${'*/'.repeat(depth)}*.ts`],
  regex: `^(vscode$|(\\.\\./){${depth + 1}})`,
}));

const windowFolders = ['extension', 'exports', 'commands', 'views', 'documents', 'functions'];

/** Which way imports may run: each folder names the places that it must not reach into. */
const borders = [
  ...engineBorders,
  { files: ['src/**/*.ts'], regex: '(^|/)webview/' },
  { files: ['src/engine/process/**/*.ts'], regex: '^\\.\\./' },
  // The engine's parts do not know what they are put together to.
  {
    files: ['src/engine/!(server)/**/*.ts'],
    regex: '^(\\.\\./)+(engine|server/(localServer|serve|server))$',
  },
  {
    files: ['src/engine/{store,models}/**/*.ts'],
    regex: into('changeLog', 'engineRegistry', 'fileDeletion', 'server/localServer'),
  },
  {
    files: ['src/agentTools/*.ts'],
    regex: `^vscode$|${into('client', 'languageModel', 'mcp', 'npm', ...windowFolders)}`,
  },
  {
    files: ['src/transfer/**/*.ts'],
    regex: `^vscode$|${into('client', 'engine', 'languageModel', 'mcp', 'npm', ...windowFolders)}`,
  },
  { files: ['src/mcp/*.ts'], regex: `^vscode$|${into('client', 'languageModel', 'npm', ...windowFolders)}` },
  { files: ['src/npm/*.ts'], regex: `^vscode$|${into('client', 'languageModel', ...windowFolders)}` },
  { files: ['src/languageModel/*.ts'], regex: into('mcp', 'npm', ...windowFolders) },
  // Both are bundled into child processes.
  {
    files: ['src/engine/tools/codeInterpreter/child/**/*.ts', 'src/engine/tools/fileSearch/reader/**/*.ts'],
    regex: into('store', 'stores', 'models'),
  },
  { files: ['src/engine/store/**/*.ts'], regex: into('api', 'runs', 'models', 'hosted', 'tools', 'process') },
  { files: ['src/engine/models/**/*.ts'], regex: into('api', 'runs', 'hosted', 'tools', 'store') },
  { files: ['src/engine/tools/**/*.ts'], regex: into('api', 'runs', 'hosted') },
  { files: ['src/engine/tools/codeInterpreter/**/*.ts'], regex: into('fileSearch') },
  { files: ['src/engine/tools/fileSearch/**/*.ts'], regex: into('codeInterpreter') },
  { files: ['src/engine/hosted/**/*.ts'], regex: into('api', 'runs') },
  { files: ['src/engine/runs/**/*.ts'], regex: into('api', 'tools/(?!engineTool$).*') },
  { files: ['src/client/**/*.ts'], regex: into('extension', 'commands', 'views', 'documents', 'functions') },
  { files: ['src/client/*/*.ts'], regex: into('backend') },
  { files: ['src/client/service/*.ts'], regex: beside('engine') },
  { files: ['src/client/models/*.ts'], regex: beside('engine', 'service') },
  { files: ['src/client/runs/*.ts'], regex: beside('engine', 'service', 'models', 'files') },
  { files: ['src/client/files/*.ts'], regex: beside('engine', 'service', 'models', 'runs') },
  { files: ['src/functions/**/*.ts'], regex: into('extension', 'commands', 'views', 'documents', 'engine') },
  { files: ['src/documents/**/*.ts'], regex: into('extension', 'commands', 'views', 'engine') },
  { files: ['src/views/**/*.ts'], regex: into('extension', 'commands', 'documents', 'engine') },
  { files: ['src/views/chat/*.ts'], regex: beside('notices', 'status') },
  { files: ['src/views/trees/*.ts'], regex: beside('chat', 'notices', 'status') },
  { files: ['src/views/notices/*.ts'], regex: beside('chat', 'trees', 'status') },
  { files: ['src/views/status/*.ts'], regex: beside('chat', 'trees', 'notices') },
  { files: ['src/commands/**/*.ts'], regex: into('extension', 'engine') },
  ...['connections', 'functions', 'knowledge', 'threads'].map((folder, _, all) => ({
    files: [`src/commands/${folder}/*.ts`],
    regex: beside(...all.filter((other) => other !== folder)),
  })),
  { files: ['src/commands/ask/*.ts'], regex: beside('connections', 'functions', 'knowledge', 'threads') },
  { files: ['src/protocol/*.ts'], regex: '^(vscode$|\\.\\./)' },
  { files: ['src/protocol/*/*.ts'], regex: '^(vscode$|(\\.\\./){2})' },
  { files: ['webview/**/*.{ts,tsx}'], regex: '^vscode$|/src/(?!protocol/)' },
  { files: ['webview/markdown/*.ts'], regex: into('components') },
  {
    files: ['webview/components/ui/*.{ts,tsx}'],
    regex: `${beside('calls', 'citations', 'code', 'composer', 'errors', 'files', 'messages')}|^\\.\\./[A-Z]`,
  },
];

const restrict = (message, ...properties) => properties.map((property) => ({ property, message }));

/** Messages may quote others, and VS Code makes links of what it finds there, which may run commands. */
const messages = restrict(
  'Messages to the user go through src/client/errors/notices.ts.',
  'showErrorMessage',
  'showWarningMessage',
  'showInformationMessage',
  'withProgress',
);

const settings = restrict(
  'Settings are read and written through src/client/settings.ts.',
  'getConfiguration',
  'onDidChangeConfiguration',
);

/** Ids of commands as plain text, which the compiler does not compare with package.json. */
const commandIds = [
  'CallExpression[callee.property.name=/^(execute|register)Command$/] > Literal[value=/^assistantsStudio\\./]:first-child',
  'CallExpression[callee.property.name=/^(execute|register)Command$/] > TemplateLiteral[quasis.0.value.raw=/^assistantsStudio\\./]:first-child',
  ':matches(Property[key.name="command"], AssignmentExpression[left.property.name="command"]) Literal[value=/^assistantsStudio\\./]',
].map((selector) => ({ selector, message: 'Commands of this extension go through src/client/commands.ts.' }));

/** Such patterns take up to a millisecond each; together they would delay the engine's first answer. */
const earlyPatterns = {
  selector: 'Literal[regex.pattern=/\\\\p\\{/]:not(:function *)',
  message: 'Patterns with properties of Unicode are made when they are used: lazy(() => …).',
};

/** Making them takes milliseconds, for which the engine's first answer should not wait. */
const earlySchemas = {
  regex: '/(bodies|schemas|vectorStoreSchemas)$',
  allowTypeImports: true,
  message: 'The schemas of bodies are loaded by the first request that needs them: loadSchemas().',
};

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
  { files: ['src/**/*.ts'], rules: { 'no-restricted-properties': ['error', ...messages, ...settings] } },
  { files: ['src/client/errors/notices.ts'], rules: { 'no-restricted-properties': ['error', ...settings] } },
  { files: ['src/client/settings.ts'], rules: { 'no-restricted-properties': ['error', ...messages] } },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/client/commands.ts'],
    rules: { 'no-restricted-syntax': ['error', ...commandIds] },
  },
  {
    files: ['src/engine/**/*.ts'],
    ignores: ['src/engine/tools/fileSearch/reader/**'],
    rules: { 'no-restricted-syntax': ['error', ...commandIds, earlyPatterns] },
  },
  {
    files: ['src/engine/api/**/*.ts'],
    ignores: ['src/engine/api/{imports,input}/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [earlySchemas] }] },
  },
  // A file may have several borders, and of one rule only the last options would hold: a rule for each.
  { plugins: { borders: { rules: Object.fromEntries(borders.map((_, i) => [i, restrictedImports])) } } },
  borders.map(({ files, regex }, i) => ({
    files,
    rules: {
      [`borders/${i}`]: ['error', { patterns: [{ regex, message: 'Imports do not cross this border.' }] }],
    },
  })),
);
