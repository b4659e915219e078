import { deepEqual } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { manifestErrors } from './manifest.mjs';

const described = (id) => ({
  command: `assistantsStudio.${id}`,
  title: `%command.${id}%`,
  category: '%category%',
});

/** A small extension in which everything fits together. */
const files = () => ({
  manifest: {
    contributes: {
      commands: [described('open')],
      views: { assistantsStudio: [{ id: 'assistantsStudio.chat', name: '%view.chat%' }] },
      menus: { 'view/title': [{ command: 'assistantsStudio.open', when: 'view == assistantsStudio.chat' }] },
      keybindings: [{ command: 'assistantsStudio.open', key: 'ctrl+o' }],
      configuration: [
        {
          properties: {
            'assistantsStudio.port': {
              order: 1,
              type: 'integer',
              scope: 'application',
              default: 0,
              minimum: 0,
              markdownDescription: '%setting.port%',
            },
            'assistantsStudio.search': {
              order: 2,
              type: 'string',
              scope: 'application',
              enum: ['local', 'hosted'],
              enumItemLabels: ['%settingLabel.search.local%', '%settingLabel.search.hosted%'],
              enumDescriptions: ['%setting.search.local%', '%setting.search.hosted%'],
              default: 'local',
              markdownDescription: '%setting.search%',
            },
          },
        },
      ],
    },
  },
  english: texts(),
  chinese: texts(),
  source: "readSetting('port'); readSetting('search');",
});

const texts = () => ({
  category: 'Small',
  'command.open': 'Open',
  'view.chat': 'Chat',
  'setting.port': 'The port of [Open](command:assistantsStudio.open).',
  'setting.search': 'Where to search.',
  'settingLabel.search.local': 'Here',
  'settingLabel.search.hosted': 'There',
  'setting.search.local': 'Here.',
  'setting.search.hosted': 'There.',
});

/** The errors after a change to the files. */
function errorsAfter(change) {
  const changed = files();
  change(changed, changed.manifest.contributes);
  return manifestErrors(changed);
}

describe('the check of package.json', () => {
  it('accepts an extension in which everything fits together', () => {
    deepEqual(manifestErrors(files()), []);
  });

  it('finds a step of a walkthrough that nothing completes', () => {
    const step = (...completionEvents) =>
      errorsAfter((changed, contributes) => {
        contributes.walkthroughs = [{ id: 'start', steps: [{ id: 'ask', completionEvents }] }];
        changed.source += "reach('asked')";
      });
    deepEqual(step('onContext:assistantsStudio.did.asked', 'onCommand:assistantsStudio.open'), []);
    deepEqual(step(), ["The walkthrough's step ask has no completion event."]);
    deepEqual(step('onCommand:assistantsStudio.close'), [
      "The walkthrough's step ask waits for onCommand:assistantsStudio.close, which never happens.",
    ]);
    deepEqual(step('onContext:assistantsStudio.did.shout'), [
      "The walkthrough's step ask waits for onContext:assistantsStudio.did.shout, which never happens.",
    ]);
  });

  it('finds a command that has a title and no description', () => {
    const errors = errorsAfter(({ english }) => (english['command.close'] = 'Close'));
    deepEqual(errors, [
      'package.nls.json has command.close, and package.json describes no such command.',
      'package.nls.json has command.close, which package.json does not use.',
    ]);
  });

  it('finds a command that has a description and no title', () => {
    const errors = errorsAfter((_, { commands }) => commands.push(described('close')));
    deepEqual(errors, [
      'package.nls.json has no text for command.close.',
      'package.nls.zh-cn.json has no text for command.close.',
    ]);
  });

  it('finds a command under the title of another, and one that is described twice', () => {
    const errors = errorsAfter((_, { commands }) =>
      commands.push({ ...described('close'), title: '%command.open%' }, described('open')),
    );
    deepEqual(errors, [
      'package.json describes the command assistantsStudio.open twice.',
      'The title of the command assistantsStudio.close is not %command.close%.',
    ]);
  });

  it('finds menus, key bindings and links that name a command or a view that does not exist', () => {
    const errors = errorsAfter(({ chinese }, { menus, keybindings }) => {
      menus['view/title'].push({ command: 'assistantsStudio.close', when: 'view == assistantsStudio.chats' });
      keybindings.push({ command: 'assistantsStudio.close', key: 'ctrl+w' });
      chinese['setting.port'] = '[Close](command:assistantsStudio.close)';
    });
    deepEqual(errors, [
      'The menu view/title names the command assistantsStudio.close, which does not exist.',
      'The key binding ctrl+w names the command assistantsStudio.close, which does not exist.',
      'The text zh-cn: setting.port names the command assistantsStudio.close, which does not exist.',
      'The menu view/title names the view assistantsStudio.chats, which does not exist.',
    ]);
  });

  it('finds a command without a category', () => {
    const errors = errorsAfter((_, { commands }) => delete commands[0].category);
    deepEqual(errors, [
      'The command assistantsStudio.open has no category.',
      'package.nls.json has category, which package.json does not use.',
      'package.nls.zh-cn.json has category, which package.json does not use.',
    ]);
  });

  it('finds a command of menus alone that the palette shows', () => {
    const errors = (when) =>
      errorsAfter(({ english, chinese }, { commands, menus }) => {
        commands.push(described('menu.open'));
        for (const words of [english, chinese]) words['command.menu.open'] = 'Open';
        if (when) menus.commandPalette = [{ command: 'assistantsStudio.menu.open', when }];
      });
    deepEqual(errors('false'), []);
    const error = 'The command assistantsStudio.menu.open is of menus alone, and the palette shows it.';
    deepEqual(errors(undefined), [error]);
    deepEqual(errors('editorIsOpen'), [error]);
  });

  it('finds a context key that nothing sets', () => {
    const errors = errorsAfter((changed, { menus }) => {
      changed.source += "put('threadOpen'); setContext('assistantsStudio.running')";
      const when = '!assistantsStudio.threadOpen || assistantsStudio.running && assistantsStudio.noThreads';
      menus.commandPalette = [{ command: 'assistantsStudio.open', when }];
    });
    deepEqual(errors, [
      'The menu commandPalette shows assistantsStudio.open by assistantsStudio.noThreads, which nothing sets.',
    ]);
  });

  it('finds a setting that nothing reads', () => {
    const errors = errorsAfter((all) => (all.source = "readSetting('search')"));
    deepEqual(errors, ['Nothing in src/ reads the setting assistantsStudio.port.']);
  });

  it('finds a default that the setting does not allow', () => {
    const errors = errorsAfter((_, { configuration: [{ properties }] }) => {
      properties['assistantsStudio.port'].default = -1;
      properties['assistantsStudio.search'].default = 'nowhere';
    });
    deepEqual(errors, [
      'The setting assistantsStudio.port has a default that it does not allow.',
      'The setting assistantsStudio.search has a default that it does not allow.',
    ]);
  });

  it('finds options that are not described', () => {
    const errors = errorsAfter((_, { configuration: [{ properties }] }) =>
      properties['assistantsStudio.search'].enum.push('both'),
    );
    deepEqual(errors, [
      'The options of the setting assistantsStudio.search are not described, in order, by ' +
        '%setting.search.local%, %setting.search.hosted%, %setting.search.both%.',
      'The options of the setting assistantsStudio.search have no labels.',
    ]);
  });

  it('finds a setting without a place in its group', () => {
    const errors = errorsAfter(
      (_, { configuration: [{ properties }] }) => delete properties['assistantsStudio.port'].order,
    );
    deepEqual(errors, ['The setting assistantsStudio.port has no order.']);
  });

  it('finds links to settings that do not exist, and to commands under another title', () => {
    const errors = errorsAfter(({ english }) => {
      english['setting.port'] = 'See `#assistantsStudio.host#`.';
      english['setting.search'] = '[Close](command:assistantsStudio.open), `#assistantsStudio.port#`';
    });
    deepEqual(errors, [
      'The text setting.port names the setting assistantsStudio.host, which does not exist.',
      'The text setting.search calls assistantsStudio.open “Close”.',
    ]);
  });

  it('finds a text that one language lacks', () => {
    const errors = errorsAfter(({ chinese }) => delete chinese['view.chat']);
    deepEqual(errors, ['package.nls.zh-cn.json has no text for view.chat.']);
  });
});
