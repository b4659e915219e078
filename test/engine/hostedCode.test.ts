import { deepEqual, equal, match } from 'node:assert/strict';
import type OpenAI from 'openai';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { upload } from './fileSearchSupport';
import { completed, openHosted, ran, text } from './hostedProvider';
import { collect, createTutor, until } from './support';

const pixel = 'iVBORw0KGgo=';
const code = "print(1 + 1)\nopen('sums.csv', 'w')";

/** A run whose code has a file to read. */
async function askCoder(client: OpenAI): Promise<{ run: Run; fileId: string }> {
  const file = await upload(client, 'data.csv', 'a,b');
  const assistant = await createTutor(client, {
    tools: [{ type: 'code_interpreter' }],
    tool_resources: { code_interpreter: { file_ids: [file.id] } },
  });
  return { run: await again(client, assistant.id), fileId: file.id };
}

async function again(client: OpenAI, assistant_id: string): Promise<Run> {
  const { id: thread_id } = await client.beta.threads.create({
    messages: [{ role: 'user', content: 'Sums?' }],
  });
  return client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });
}

async function contentOf(client: OpenAI, { id, thread_id }: Run) {
  const { data } = await client.beta.threads.messages.list(thread_id, { run_id: id });
  return data[0]?.content ?? [];
}

describe('a run with the code interpreter of its provider', () => {
  it('sends its files, and shows code, outputs, images and files as those of its own', async () => {
    const { client, remote } = await openHosted();
    remote.containers.set('cntr_1/cfile_1', Buffer.from('1,2'));
    const answer = 'See [sums](sandbox:/mnt/data/sums.csv).';
    const link = {
      type: 'container_file_citation',
      container_id: 'cntr_1',
      file_id: 'cfile_1',
      filename: 'sums.csv',
      start_index: 11,
      end_index: 37,
    };
    remote.turns.push([
      ...text(0, 'Let me compute.'),
      ...ran(1, code, [
        { type: 'logs', logs: '2\n' },
        { type: 'image', url: `data:image/png;base64,${pixel}` },
        { type: 'image', url: 'https://elsewhere.example/image.png' },
      ]),
      ...text(2, answer, link),
      completed(),
    ]);
    const { run } = await askCoder(client);
    equal(run.last_error, null);
    const [remoteId] = remote.files.keys();
    const sent = remote.asked('POST /responses')[0]?.json;
    deepEqual(sent?.['tools'], [
      { type: 'code_interpreter', container: { type: 'auto', file_ids: [remoteId] } },
    ]);
    deepEqual(sent?.['include'], ['reasoning.encrypted_content', 'code_interpreter_call.outputs']);

    const { thread_id } = run;
    const steps = await collect(client.beta.threads.runs.steps.list(run.id, { thread_id, order: 'asc' }));
    deepEqual(
      steps.map(({ type, status }) => `${type} ${status}`),
      ['message_creation completed', 'tool_calls completed', 'message_creation completed'],
    );
    const details = steps[1]?.step_details;
    const call = details?.type === 'tool_calls' ? details.tool_calls[0] : undefined;
    if (call?.type !== 'code_interpreter') throw new Error('There is no code.');
    equal(call.code_interpreter.input, code);
    const [logs, image, ...others] = call.code_interpreter.outputs;
    deepEqual(logs, { type: 'logs', logs: '2\n' });
    deepEqual(others, []);
    const imageId = image?.type === 'image' ? image.image.file_id : '';
    const bytes = Buffer.from(await (await client.files.content(imageId)).arrayBuffer());
    equal(bytes.toString('base64'), pixel);

    const [shown, said] = await contentOf(client, run);
    deepEqual(shown, { type: 'image_file', image_file: { file_id: imageId } });
    if (said?.type !== 'text') throw new Error('There is no text.');
    equal(said.text.value, answer);
    const [annotation] = said.text.annotations;
    if (annotation?.type !== 'file_path') throw new Error('There is no link.');
    equal(answer.slice(annotation.start_index, annotation.end_index), 'sandbox:/mnt/data/sums.csv');
    const file = await client.files.retrieve(annotation.file_path.file_id);
    deepEqual([file.filename, file.purpose], ['sums.csv', 'assistants_output']);
    equal(await (await client.files.content(file.id)).text(), '1,2');
  });

  it('shows an image that comes as a file and that no text links to', async () => {
    const { client, remote } = await openHosted();
    remote.containers.set('cntr_1/cfile_1', Buffer.from(pixel, 'base64'));
    const container = { container_id: 'cntr_1', file_id: 'cfile_1', filename: 'plot.png' };
    const image = { type: 'container_file_citation', ...container, start_index: 0, end_index: 0 };
    remote.turns.push([...ran(0, code, []), ...text(1, 'Here it is.', image), completed()]);
    const { run } = await askCoder(client);
    const content = await contentOf(client, run);
    deepEqual(
      content.map(({ type }) => type),
      ['text', 'image_file'],
    );
  });

  it('keeps an image once that comes as an output and as a file that no text links to', async () => {
    const { client, remote } = await openHosted();
    remote.containers.set('cntr_1/cfile_1', Buffer.from(pixel, 'base64'));
    const container = { container_id: 'cntr_1', file_id: 'cfile_1', filename: 'cfile_1.png' };
    const image = { type: 'container_file_citation', ...container, start_index: 0, end_index: 0 };
    const shown = { type: 'image', url: `data:image/png;base64,${pixel}` };
    remote.turns.push([...ran(0, code, [shown]), ...text(1, 'Here it is.', image), completed()]);
    const { run } = await askCoder(client);
    const content = await contentOf(client, run);
    deepEqual(
      content.map(({ type }) => type),
      ['image_file', 'text'],
    );
    const files = await collect(client.files.list());
    equal(files.filter(({ purpose }) => purpose === 'assistants_output').length, 1);
    deepEqual(remote.asked('GET /containers/cntr_1/files/cfile_1/content'), []);
  });

  it('keeps an image that comes as a file, if the outputs only have its address', async () => {
    const { client, remote } = await openHosted();
    remote.containers.set('cntr_1/cfile_1', Buffer.from(pixel, 'base64'));
    const container = { container_id: 'cntr_1', file_id: 'cfile_1', filename: 'cfile_1.png' };
    const image = { type: 'container_file_citation', ...container, start_index: 0, end_index: 0 };
    const shown = { type: 'image', url: 'https://elsewhere.example/image.png' };
    remote.turns.push([...ran(0, code, [shown]), ...text(1, 'Here it is.', image), completed()]);
    const { run } = await askCoder(client);
    equal((await contentOf(client, run)).filter(({ type }) => type === 'image_file').length, 1);
  });

  it('shows code that comes as the arguments of its call', async () => {
    const { client, remote } = await openHosted();
    const item = { type: 'code_interpreter_call', id: 'ci_0', status: 'completed', outputs: [] };
    remote.turns.push([
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { ...item, code: null, arguments: JSON.stringify({ code }) },
      },
      ...text(1, 'Two.'),
      completed(),
    ]);
    const { run } = await askCoder(client);
    const steps = await collect(client.beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id }));
    const details = steps.find(({ type }) => type === 'tool_calls')?.step_details;
    const call = details?.type === 'tool_calls' ? details.tool_calls[0] : undefined;
    equal(call?.type === 'code_interpreter' && call.code_interpreter.input, code);
  });

  it('sends a file again that the provider has lost', async () => {
    const { client, remote } = await openHosted();
    remote.turns.push([...text(0, 'Two.'), completed()], [...text(0, 'Two.'), completed()]);
    const { run } = await askCoder(client);
    remote.files.clear();
    equal((await again(client, run.assistant_id)).status, 'completed');
    deepEqual(remote.changes(), ['POST /files', 'POST /files']);
  });

  it('uploads a file once, and deletes it with the one here', async () => {
    const { client, remote } = await openHosted();
    remote.turns.push([...text(0, 'Two.'), completed()], [...text(0, 'Two.'), completed()]);
    const { run, fileId } = await askCoder(client);
    await again(client, run.assistant_id);
    deepEqual(remote.changes(), ['POST /files']);
    await client.files.delete(fileId);
    await until('the copy is gone', () => remote.files.size === 0);
  });

  it('fails in words where a file of the code cannot be had, and names the setting where the tool cannot', async () => {
    const { client, remote } = await openHosted();
    const image = {
      type: 'container_file_citation',
      container_id: 'cntr_1',
      file_id: 'gone',
      filename: 'x.csv',
    };
    remote.turns.push([...ran(0, code, []), ...text(1, 'Here.', image), completed()]);
    const { run } = await askCoder(client);
    equal(run.status, 'failed');
    match(run.last_error!.message, /Fake .* answered 404/);
    remote.failures.set('POST /responses', { status: 400, message: "Unknown tool type 'code_interpreter'." });
    const { last_error } = await again(client, run.assistant_id);
    match(last_error!.message, /Unknown tool type.*assistantsStudio\.codeInterpreter.* to `local`/);
  });

  it('sends nothing where that is not set', async () => {
    const { client, remote, hosted } = await openHosted();
    hosted.codeInterpreter = false;
    remote.turns.push([...text(0, 'Two.'), completed()]);
    const { run } = await askCoder(client);
    equal(run.status, 'completed');
    deepEqual(remote.changes(), []);
  });
});
