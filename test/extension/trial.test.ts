import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import * as vscode from 'vscode';
import type { Assistant } from 'openai/resources/beta/assistants';
import { ThreadList } from '../../src/client/objects/threadList';
import { sweepTrials } from '../../src/client/objects/trialThreads';
import { listThreads } from '../../src/client/client';
import type { FormHostMessage, FormMessage, FormView } from '../../src/protocol/form';
import type { ChatMessage, HostMessage } from '../../src/protocol/chat';
import type { Chats } from '../../src/views/chat/chats';
import { ChatSession } from '../../src/views/chat/chatSession';
import { createChatContext } from '../../src/views/chat/context/chatContext';
import { Drafts } from '../../src/views/chat/drafts';
import { KeptAttachments } from '../../src/views/chat/keptAttachments';
import { FormDocument, FormPanel } from '../../src/views/form/formPanel';
import { until } from './support';
import { TestWindow } from './window';

/** A form whose page is the test. */
class OpenForm {
  readonly received: (HostMessage | FormHostMessage)[] = [];
  readonly document: FormDocument;
  /** The assistants whose forms it has opened. */
  readonly opened: Assistant[] = [];
  private readonly panel: FormPanel;
  private readonly emitter = new vscode.EventEmitter<unknown>();
  private edits = 0;

  constructor(window: TestWindow, assistant: Assistant) {
    const { services, calls, state } = window;
    const chats: Pick<Chats, 'openTrial' | 'closeTrial'> = {
      openTrial: (own, selection, draftId) =>
        new ChatSession(
          own,
          calls,
          new Drafts(state),
          new KeptAttachments(state),
          createChatContext(state),
          selection,
          { isTrial: true },
          draftId,
        ),
      closeTrial: (session) => session.dispose(),
    };
    this.document = new FormDocument(vscode.Uri.parse('x:/'), assistant.id, 'embedded', services);
    const webview = {
      onDidReceiveMessage: this.emitter.event,
      asWebviewUri: (uri: vscode.Uri) => uri,
      postMessage: (message: HostMessage | FormHostMessage) => {
        this.received.push(structuredClone(message));
        return Promise.resolve(true);
      },
    };
    const page = {
      webview,
      reveal: () => undefined,
      onDidChangeViewState: () => new vscode.Disposable(() => undefined),
    };
    const questions = { pickModel: () => Promise.resolve('puppet/other') };
    const parts = { services, chats: chats as Chats, extensionUri: vscode.Uri.parse('x:/'), questions };
    this.panel = new FormPanel(
      {
        ...parts,
        open: (opened) => {
          this.opened.push(opened);
          return Promise.resolve();
        },
      },
      this.document,
      page as unknown as vscode.WebviewPanel,
    );
  }

  static async of(window: TestWindow, assistant: Assistant): Promise<OpenForm> {
    const form = new OpenForm(window, assistant);
    await form.document.read();
    form.post({ type: 'formReady' });
    return form;
  }

  post(message: FormMessage | ChatMessage): void {
    this.emitter.fire(message);
  }

  edit(field: 'name' | 'instructions' | 'model' | 'temperature', value: string): void {
    this.post({ type: 'formEdit', edit: ++this.edits, field, value });
  }

  get view(): FormView | undefined {
    return this.received.flatMap((message) => (message.type === 'form' ? [message.view] : [])).at(-1);
  }

  get state() {
    return this.received.flatMap((message) => (message.type === 'state' ? [message.state] : [])).at(-1);
  }

  say(text: string): void {
    this.post({ type: 'ask', id: text, name: 'send', params: { text } });
  }

  close(): void {
    this.panel.dispose();
    this.document.dispose();
  }
}

describe('the chat beside a form', () => {
  let window: TestWindow;
  let assistant: Assistant;
  let form: OpenForm;

  beforeEach(async () => {
    window = TestWindow.open();
    assistant = await window.createAssistant();
    form = await OpenForm.of(window, assistant);
  });

  afterEach(async () => {
    form.close();
    await window.close();
  });

  const answer = async (text: string) => {
    window.model.say(text);
    window.model.finish();
    await until('it is answered', () => form.state?.run?.status === 'completed');
  };
  const threads = async () => (await listThreads(window.services.client)).data;

  it('runs what the form says now, and changes nothing', async () => {
    form.edit('instructions', 'Rhyme.');
    form.edit('temperature', '0.25');
    form.edit('name', 'Poet');
    await until('it has the name', () => form.state?.assistants[0]?.name === 'Poet');
    form.say('Hello');
    await answer('Yellow');
    const { client } = window.services;
    const run = form.state!.run!;
    const { instructions, temperature } = await client.beta.threads.runs.retrieve(run.id, {
      thread_id: form.state!.thread!.id,
    });
    deepEqual([instructions, temperature], ['Rhyme.', 0.25]);
    const stored = await client.beta.assistants.retrieve(assistant.id);
    deepEqual([stored.instructions, stored.name], [null, 'Puppet']);

    form.edit('instructions', 'Sing.');
    form.say('Again');
    window.model.say('La');
    window.model.finish();
    await until('the next run has the next text', async () => {
      const { data } = await client.beta.threads.runs.list(form.state!.thread!.id);
      return data.length === 2 && data[0]?.instructions === 'Sing.';
    });
  });

  it('runs without instructions that were removed from the form', async () => {
    await window.services.client.beta.assistants.update(assistant.id, { instructions: 'Rhyme.' });
    await until('it is read', () => form.document.fields?.instructions === 'Rhyme.');
    form.edit('instructions', '');
    form.say('Hello');
    await answer('Hello');
    const query = { thread_id: form.state!.thread!.id };
    const run = await window.services.client.beta.threads.runs.retrieve(form.state!.run!.id, query);
    equal(run.instructions, '');
  });

  it('does not use fields that cannot be stored, and says so', async () => {
    form.edit('temperature', '9');
    await until('it is said', () => form.view?.untried.includes('temperature'));
    form.say('Hello');
    await answer('Hello');
  });

  it('has a thread that is not listed, and that is deleted with the form', async () => {
    form.say('Hello');
    await answer('Hello');
    equal((await threads()).length, 1);
    const list = new ThreadList(window.services.client);
    await list.read();
    deepEqual(list.all(), []);
    list.dispose();
    ok(form.state?.isTrial);
    form.close();
    await until('it is deleted', async () => (await threads()).length === 0);
    form = await OpenForm.of(window, assistant);
  });

  it('starts over in a new thread, while an answer is written', async () => {
    form.say('Hello');
    window.model.say('He');
    await until('it is answered', () => form.state?.run?.status === 'in_progress');
    form.post({ type: 'formAction', action: 'resetTrial' });
    await until('there is no thread', async () => (await threads()).length === 0);
    await until('none is shown', () => form.state && !form.state.thread);
  });

  it('leaves nothing behind after a crash', async () => {
    const { client } = window.services;
    const dead = spawnSync(process.execPath, ['--version'], { env: { ELECTRON_RUN_AS_NODE: '1' } }).pid;
    const made = (owner: string) =>
      client.beta.threads.create({ metadata: { assistants_studio_trial: owner } });
    await made(`${hostname()} ${dead}`);
    const alive = await made(`${hostname()} ${process.ppid}`);
    const own = await made(`${hostname()} ${process.pid}`);
    const far = await made('elsewhere 1');
    const kept = await client.beta.threads.create();
    await sweepTrials(client);
    deepEqual((await threads()).map(({ id }) => id).sort(), [alive.id, own.id, far.id, kept.id].sort());
  });

  it('takes the chosen model as a change of the form', async () => {
    form.post({ type: 'formAction', action: 'chooseModel' });
    await until('it is there', () => form.view?.fields?.model === 'puppet/other');
    deepEqual(form.document.changed, ['model']);
  });

  it('creates a deleted assistant again with what the form says', async () => {
    form.edit('instructions', 'Not lost.');
    await window.services.client.beta.assistants.delete(assistant.id);
    await until('it is said', () => form.view?.status.kind === 'deleted');
    form.post({ type: 'formAction', action: 'createAgain' });
    const again = await until('its form is opened', () => form.opened[0]);
    deepEqual([again.name, again.instructions], ['Puppet', 'Not lost.']);
    ok(again.id !== assistant.id);
  });

  it('does not take an assistant of another service for a deleted one', async () => {
    const { services } = window;
    const other = new FormDocument(vscode.Uri.parse('x:/'), assistant.id, 'elsewhere', services);
    await other.read();
    deepEqual(other.status, { kind: 'otherService' });
    await rejects(other.save(), /cannot be saved/);
    other.dispose();
  });

  it('says why the assistant cannot be read, and reads it again', async () => {
    const { fetch } = window.services.service;
    const refused = () => Promise.resolve(Response.json({ error: { message: 'Not now.' } }, { status: 400 }));
    Object.assign(window.services.changes, { inner: refused });
    form.post({ type: 'formAction', action: 'reload' });
    await until('it is said', () => form.view?.status.kind === 'failed');
    deepEqual(form.view?.status, { kind: 'failed', message: 'Not now.' });
    Object.assign(window.services.changes, { inner: fetch });
    form.post({ type: 'formAction', action: 'reload' });
    await until('it is read', () => form.view?.status.kind === 'ready');
  });

  it('ignores messages that no form would send', async () => {
    const before = form.document.fields;
    for (const message of [
      { type: 'formEdit', edit: 1, field: 'name', value: 5 },
      { type: 'formEdit', edit: 1, field: 'constructor', value: '' },
      { type: 'formAction', action: 'deleteEverything' },
      { type: 'formDecide', field: 'name' },
    ]) {
      form.post(message as unknown as FormMessage);
    }
    deepEqual(form.document.fields, before);
    await until('it is there', () => form.view);
  });

  it('sends the page what is undone, and not what it has typed', async () => {
    const undos: (() => void)[] = [];
    form.document.onDidEdit((edit) => undos.push(() => edit.undo()));
    await until('it has the fields', () =>
      form.received.some((one) => one.type === 'form' && one.view.fields),
    );
    form.edit('name', 'Typed');
    await until('it was seen', () => form.view?.seen === 1);
    equal(form.view?.fields, undefined);
    undos[0]!();
    const view = form.view;
    deepEqual([view?.fields?.name, view?.focus], ['Puppet', 'name']);
  });
});
