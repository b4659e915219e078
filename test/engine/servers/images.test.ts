import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type OpenAI from 'openai';
import type { MessageContentPartParam } from 'openai/resources/beta/threads/messages';
import { imageRejection } from '../../../src/engine/models/replay/images';
import { messagesOf, reject } from './replaySupport';
import { kinds, sendText, trial, type Kind, type Script, type Trial } from './support';

const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

async function uploadDot(client: OpenAI, name: string): Promise<MessageContentPartParam> {
  const file = await client.files.create({
    file: new File([dot], name, { type: 'image/png' }),
    purpose: 'vision',
  });
  return { type: 'image_file', image_file: { file_id: file.id } };
}

/** Adds a message with a text and images to the trial's thread. */
async function show({ client, threadId }: Trial, ...names: string[]): Promise<void> {
  const images = await Promise.all(names.map((name) => uploadDot(client, name)));
  await client.beta.threads.messages.create(threadId, {
    role: 'user',
    content: [{ type: 'text', text: 'See this.' }, ...images],
  });
}

function imagesIn(body: Record<string, unknown>): number {
  return JSON.stringify(messagesOf(body)).match(/"type":"(image_url|input_image)"/g)?.length ?? 0;
}

function refusing(kind: Kind, max: number, message: string, status = 400): Script {
  return (response, { body }, at) => {
    if (imagesIn(body) > max) reject(response, message, status);
    else sendText(kind, response, `Answer ${at}`);
  };
}

for (const kind of kinds) {
  describe(`a ${kind} server whose model sees no images`, () => {
    it('gets a line of text for each, after one rejected request, and the step says so', async () => {
      const tried = await trial(kind, refusing(kind, 0, 'No endpoints found that support image input', 404));
      await show(tried, 'dot.png', 'other.png');
      const first = await tried.say('What is it?');
      equal(first.run.last_error, null);
      deepEqual(
        first.steps.map(({ turn }) => turn.omitted),
        [['images']],
      );
      const second = await tried.say('And now?');
      equal(second.run.last_error, null);
      const bodies = tried.bodies();
      equal(bodies.length, 3);
      for (const body of bodies.slice(1)) {
        const sent = JSON.stringify(messagesOf(body));
        match(sent, /\[An image that this model cannot see: dot\.png\]/);
        match(sent, /\[An image that this model cannot see: other\.png\]/);
      }
      deepEqual(messagesOf(bodies[2]!)[0], messagesOf(bodies[1]!)[0]);
    });

    it('is remembered for that model alone, and after a restart', async () => {
      const script = refusing(kind, 0, 'This model does not support image input');
      const one = await trial(kind, script);
      await show(one, 'dot.png');
      await one.say('What is it?');
      const { client } = await trial(kind, script, { dataDir: one.dataDir, server: one.server });
      const again = (model: string) =>
        client.beta.threads.runs.createAndPoll(one.threadId, { assistant_id: one.assistant.id, model });
      equal((await again('test-model')).last_error, null);
      equal(one.bodies().length, 3);
      equal((await again('another')).last_error, null);
      equal(one.bodies().length, 5);
    });

    it('is sent an image by its address as text', async () => {
      const tried = await trial(kind, refusing(kind, 0, 'Image URLs are not supported by this model.'));
      const image_url = { url: 'https://example.com/cat.png' };
      await tried.client.beta.threads.messages.create(tried.threadId, {
        role: 'user',
        content: [{ type: 'image_url', image_url }],
      });
      equal((await tried.say('What is it?')).run.last_error, null);
      match(JSON.stringify(tried.bodies()[1]), /cannot see: https:\/\/example\.com\/cat\.png\]/);
    });
  });

  describe(`a ${kind} server that accepts some images`, () => {
    it('gets the newest ones', async () => {
      const tried = await trial(
        kind,
        refusing(kind, 1, 'At most 1 image(s) may be provided in one request.'),
      );
      await show(tried, 'old.png', 'new.png');
      equal((await tried.say('What is it?')).run.last_error, null);
      const [, second] = tried.bodies();
      equal(imagesIn(second!), 1);
      match(JSON.stringify(second), /\[An image that was left out: old\.png\]/);
    });

    it('is not thought to be blind for an image that it cannot read', async () => {
      const tried = await trial(kind, (response, { body }, at) => {
        if (at === 0) reject(response, 'The image data you provided does not represent a valid image.');
        else sendText(kind, response, String(imagesIn(body)));
      });
      await show(tried, 'broken.png');
      equal((await tried.say('What is it?')).text, '0');
      equal((await tried.say('And now?')).text, '1');
    });

    it('gets a line for an image in a message that a client wrote for the assistant', async () => {
      const tried = await trial(kind, refusing(kind, 0, 'No images, please.'));
      await tried.client.beta.threads.messages.create(tried.threadId, {
        role: 'assistant',
        content: [await uploadDot(tried.client, 'plot.png')],
      });
      equal((await tried.say('What is it?')).run.last_error, null);
      match(JSON.stringify(tried.bodies()[0]), /\[An image: plot\.png\]/);
    });
  });
}

describe('errors about images', () => {
  for (const message of [
    'This model does not support image input.',
    'Invalid content type. image_url is only supported by certain models.',
    'No endpoints found that support image input',
    'Failed to deserialize the JSON body into the target type: messages[1]: unknown variant `image_url`, expected `text` at line 1 column 246',
    'messages[0].content must be a string',
    "'messages.1' : for 'role:user' the following must be satisfied[('messages.1.content' : value must be a string)]",
    'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj',
    'Failed to parse messages: Unsupported content part type: "image_url"; messages = [{"role":"user"',
    'Multimodal data provided, but model does not support multimodal requests',
    'this model is missing data required for image input',
    'At most 0 image(s) may be provided in one request.',
    'Model does not support images. Please use a model that does.',
    'Image input modality is not enabled for models/gemma-3-1b-it',
    'test-model is not a multimodal model',
    "body.messages.0.content.list[TextContentPart].0.type: Input should be 'text'",
    'body.messages.1.content.str: Input should be a valid string',
    'can only concatenate str (not "list") to str',
    "Invalid value: 'input_image'. Supported values are: 'input_text'.",
  ]) {
    it(`say that a model sees none: ${message}`, () => {
      deepEqual(imageRejection(message, 1), { max: 0, lasting: true });
    });
  }

  for (const message of [
    'You uploaded an unsupported image. Please make sure your image has of one the following formats',
    'Invalid image_url.url value',
    'Failed to download image from https://example.com/cat.png.',
    'Error while downloading https://example.com/cat.png. Upstream status code: 403.',
    'Unable to download the file. Please verify the URL and try again.',
    'image exceeds 5 MB maximum: 7340032 bytes > 5242880 bytes',
    'Could not process image: it could not be decoded',
  ]) {
    it(`are about one image: ${message}`, () => {
      equal(imageRejection(message, 1)?.lasting, false);
    });
  }

  for (const [message, max] of [
    ['At most 1 image(s) may be provided in one request.', 1],
    ['Too many images provided. This model supports up to 5 images', 5],
    ['Too many images in the request: the maximum is 8.', 8],
  ] as const) {
    it(`say how many a model takes: ${message}`, () => {
      deepEqual(imageRejection(message, 9), { max, lasting: true });
    });
  }

  it('are no others', () => {
    for (const message of [
      'Rate limit reached',
      'temperature must be a number',
      'Invalid schema for function look: context must be an object',
      'Unsupported parameter: reasoning_effort',
    ])
      ok(imageRejection(message, 1) === undefined, message);
  });
});
