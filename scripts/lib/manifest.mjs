// What the compiler cannot see of package.json: src/client/commands.ts and settings.ts take their types
// from it and from package.nls.json, of which TypeScript knows the names of properties and no texts.

const prefix = 'assistantsStudio.';

/**
 * What does not fit together, one sentence each; empty when all does.
 * @param {{
 *   manifest: Record<string, any>,
 *   english: Record<string, string>,
 *   chinese: Record<string, string>,
 *   source: string,
 * }} files package.json, package.nls.json, package.nls.zh-cn.json, and the text of all files of src/
 * @returns {string[]}
 */
export function manifestErrors({ manifest, english, chinese, source }) {
  const { contributes } = manifest;
  return [
    ...commandErrors(contributes, english),
    ...paletteErrors(contributes, source),
    ...commandReferenceErrors(contributes, { ...english, ...prefixed('zh-cn: ', chinese) }),
    ...walkthroughErrors(contributes, source),
    ...settingErrors(contributes.configuration, { english, source, commands: contributes.commands }),
    ...textErrors(manifest, english, chinese),
  ];
}

function commandErrors({ commands }, english) {
  const ids = commands.map(({ command }) => command);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const described = new Set(ids.map(withoutPrefix));
  const titled = Object.keys(english).filter((key) => key.startsWith('command.'));
  return [
    ...twice.map((id) => `package.json describes the command ${id} twice.`),
    ...commands
      .filter(({ command, title }) => title !== `%command.${withoutPrefix(command)}%`)
      .map(
        ({ command }) => `The title of the command ${command} is not %command.${withoutPrefix(command)}%.`,
      ),
    ...titled
      .filter((key) => !described.has(key.slice('command.'.length)))
      .map((key) => `package.nls.json has ${key}, and package.json describes no such command.`),
  ];
}

/** A command of a menu alone is no command of the palette; a key that nothing sets hides a command for ever. */
function paletteErrors({ commands, menus = {} }, source) {
  const conditions = new Map((menus.commandPalette ?? []).map(({ command, when }) => [command, when]));
  return [
    ...commands
      .filter(({ command }) => command.startsWith(`${prefix}menu.`) && conditions.get(command) !== 'false')
      .map(({ command }) => `The command ${command} is of menus alone, and the palette shows it.`),
    ...commands
      .filter(({ category }) => category !== '%category%')
      .map(({ command }) => `The command ${command} has no category.`),
    ...Object.entries(menus).flatMap(([menu, items]) =>
      items.flatMap(({ command, when = '' }) =>
        [...when.matchAll(/(?<![\w.'])assistantsStudio\.(\w+)(?![\w.'])/g)]
          .filter(([key]) => !when.includes(`view == ${key}`) && !isNamed(key, source))
          .map(([key]) => `The menu ${menu} shows ${command} by ${key}, which nothing sets.`),
      ),
    ),
  ];
}

/** Whether the source has a context key, with or without the prefix that all have. */
function isNamed(key, source) {
  return source.includes(`'${key}'`) || source.includes(`'${withoutPrefix(key)}'`);
}

function commandReferenceErrors({ commands, menus = {}, keybindings = [], views = {} }, texts) {
  const ids = new Set(commands.map(({ command }) => command));
  const viewIds = new Set(Object.values(views).flatMap((list) => list.map(({ id }) => id)));
  const entries = [
    ...Object.entries(menus).flatMap(([menu, items]) => items.map((item) => [`The menu ${menu}`, item])),
    ...keybindings.map((item) => [`The key binding ${item.key}`, item]),
  ];
  const links = Object.entries(texts).flatMap(([key, text]) =>
    [...text.matchAll(/\(command:([^)?]+)/g)].map(([, command]) => [`The text ${key}`, { command }]),
  );
  return [
    ...[...entries, ...links]
      .filter(([, { command }]) => command.startsWith(prefix) && !ids.has(command))
      .map(([place, { command }]) => `${place} names the command ${command}, which does not exist.`),
    ...entries.flatMap(([place, { when = '' }]) =>
      [...when.matchAll(/\bview == ([\w.]+)/g)]
        .filter(([, view]) => !viewIds.has(view))
        .map(([, view]) => `${place} names the view ${view}, which does not exist.`),
    ),
  ];
}

/** A step that nothing completes stays open for ever. */
function walkthroughErrors({ commands, walkthroughs = [] }, source) {
  const ids = new Set(commands.map(({ command }) => command));
  return walkthroughs.flatMap(({ steps }) =>
    steps.flatMap(({ id, completionEvents = [] }) => [
      ...(completionEvents.length === 0 ? [`The walkthrough's step ${id} has no completion event.`] : []),
      ...completionEvents
        .filter((event) => !isCompleted(event, ids, source))
        .map((event) => `The walkthrough's step ${id} waits for ${event}, which never happens.`),
    ]),
  );
}

function isCompleted(event, commandIds, source) {
  const [kind, name] = event.split(/:(.*)/);
  if (kind === 'onCommand') return commandIds.has(name);
  return kind === 'onContext' && source.includes(`'${name.split('.').at(-1)}'`);
}

function settingErrors(groups, { english, source, commands }) {
  const titles = new Map(commands.map(({ command, title }) => [command, english[title.slice(1, -1)]]));
  const names = new Set(groups.flatMap(({ properties }) => Object.keys(properties)));
  return [
    ...groups.flatMap(({ properties }) => schemaErrors(properties, english, source)),
    ...groups.flatMap(({ properties }) =>
      Object.entries(properties)
        .filter(([, { order }]) => order === undefined)
        .map(([name]) => `The setting ${name} has no order.`),
    ),
    ...Object.entries(english)
      .filter(([key]) => key.startsWith('setting.'))
      .flatMap(([key, text]) => linkErrors(key, text, names, titles)),
  ];
}

/** Links to settings that do not exist, and links to commands under another title than theirs. */
function linkErrors(key, text, names, titles) {
  return [
    ...[...text.matchAll(/`#([\w.]+)#`/g)]
      .filter(([, name]) => !names.has(name))
      .map(([, name]) => `The text ${key} names the setting ${name}, which does not exist.`),
    ...[...text.matchAll(/\[([^\]]+)\]\(command:([\w.]+)\)/g)]
      .filter(([, words, command]) => titles.has(command) && titles.get(command) !== words)
      .map(([, words, command]) => `The text ${key} calls ${command} “${words}”.`),
  ];
}

function schemaErrors(properties, english, source) {
  const read = new Set([...source.matchAll(/\breadSetting\(\s*'([\w.]+)'/g)].map(([, id]) => id));
  return Object.entries(properties).flatMap(([name, schema]) => {
    const id = withoutPrefix(name);
    const options = (schema.enum ?? []).map((option) => `%setting.${id}.${option}%`);
    const described = schema.enumDescriptions ?? schema.markdownEnumDescriptions ?? [];
    const titled = Object.keys(english).filter((key) => key.startsWith(`setting.${id}.`));
    return [
      !name.startsWith(prefix) && `The setting ${name} does not begin with ${prefix}`,
      !read.has(id) && `Nothing in src/ reads the setting ${name}.`,
      !isAllowed(schema.default, schema) && `The setting ${name} has a default that it does not allow.`,
      !schema.scope && `The setting ${name} has no scope.`,
      (schema.description ?? schema.markdownDescription) !== `%setting.${id}%` &&
        `The description of the setting ${name} is not %setting.${id}%.`,
      // The type of the setting's value is made of these keys.
      schema.enum &&
        (options.join() !== described.join() || options.length !== titled.length) &&
        `The options of the setting ${name} are not described, in order, by ${options.join(', ')}.`,
      schema.enum &&
        schema.enumItemLabels?.join() !==
          schema.enum.map((option) => `%settingLabel.${id}.${option}%`).join() &&
        `The options of the setting ${name} have no labels.`,
    ].filter(Boolean);
  });
}

function isAllowed(value, { type, enum: options, minimum = -Infinity, maximum = Infinity }) {
  if (options && !options.includes(value)) return false;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer' && !Number.isInteger(value)) return false;
  if (type === 'integer' || type === 'number') {
    return typeof value === 'number' && value >= minimum && value <= maximum;
  }
  return typeof value === type;
}

function textErrors(manifest, english, chinese) {
  const used = new Set([...JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key));
  return Object.entries({ 'package.nls.json': english, 'package.nls.zh-cn.json': chinese }).flatMap(
    ([file, texts]) => [
      ...[...used].filter((key) => !texts[key]).map((key) => `${file} has no text for ${key}.`),
      ...Object.keys(texts)
        .filter((key) => !used.has(key))
        .map((key) => `${file} has ${key}, which package.json does not use.`),
    ],
  );
}

function withoutPrefix(id) {
  return id.startsWith(prefix) ? id.slice(prefix.length) : id;
}

function prefixed(before, texts) {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [before + key, text]));
}
