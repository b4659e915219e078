import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import OpenAI from 'openai';
import { ConfigurationError, parseConfiguration } from '../../src/engine/server/configuration';
import { createEngine, type EngineOptions, startServer } from '../../src/npm';
import { delta, type RawServer, rawServer, sendEvents, sendJSON } from './models/support';
import { program, serveWith } from './served';
import { ask, createTutor, temporaryFolder } from './support';

function fileOf(configuration: unknown): string {
  const file = join(temporaryFolder(), 'studio.json');
  const text = typeof configuration === 'string' ? configuration : JSON.stringify(configuration);
  writeFileSync(file, text);
  return file;
}

/** A model server that always answers the same. */
function modelServer(text: string): Promise<RawServer> {
  return rawServer((response, { path }) => {
    if (!path.endsWith('/chat/completions')) return sendJSON(response, 200, { object: 'list', data: [] });
    sendEvents(response, [delta({ content: text }), delta({}, 'stop')]);
  });
}

const local = { id: 'local', kind: 'chat-completions', baseUrl: 'http://127.0.0.1:9/v1' };

describe('a configuration file', () => {
  it('offers all of its connections and the demo, each server with its own key alone', async () => {
    const first = await modelServer('One.');
    const second = await modelServer('Two.');
    const third = await modelServer('Three.');
    const file = fileOf(`{
      // As in VS Code's settings.
      "connections": [
        { "id": "one", "kind": "chat-completions", "baseUrl": "${first.baseURL}", "apiKeyEnv": "KEY_ONE" },
        { "id": "my-two", "kind": "chat-completions", "label": "Two", "baseUrl": "${second.baseURL}" },
        { "id": "three", "kind": "chat-completions", "baseUrl": "${third.baseURL}" },
      ],
    }`);
    const env = { KEY_ONE: 'sk-one', ASSISTANTS_STUDIO_KEY_MY_TWO: 'sk-two', OPENAI_API_KEY: 'sk-openai' };
    const { baseURL, stderr } = await serveWith(env, '--config', file);
    const client = new OpenAI({ apiKey: 'any', baseURL });
    const answerOf = async (model: string): Promise<string> => {
      const run = await ask(client, await createTutor(client, { model }), 'Hello');
      await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id }, { pollIntervalMs: 50 });
      return JSON.stringify((await client.beta.threads.messages.list(run.thread_id)).data[0]?.content);
    };
    assert.match(await answerOf('one/some-model'), /One\./);
    assert.match(await answerOf('of-the-first'), /One\./);
    assert.match(await answerOf('my-two/some-model'), /Two\./);
    assert.match(await answerOf('three/some-model'), /Three\./);
    assert.match(await answerOf('demo/tutor'), /demo/i);
    const keysOf = (server: RawServer) => [
      ...new Set(server.asked.map(({ headers }) => headers.authorization)),
    ];
    assert.deepEqual(keysOf(first), ['Bearer sk-one']);
    assert.deepEqual(keysOf(second), ['Bearer sk-two']);
    assert.ok(keysOf(third).every((sent) => !sent?.includes('sk-')));
    assert.equal(stderr(), '');
  });

  it('warns of a key in clear text, without showing it, and of a variable that is not set', async () => {
    const file = fileOf({
      connections: [
        { ...local, apiKey: 'sk-in-the-file' },
        { ...local, id: 'other', apiKeyEnv: 'NOT_SET_ANYWHERE' },
        { id: 'remote', kind: 'server', baseUrl: 'https://assistants.example/v1' },
      ],
    });
    const { stderr } = await serveWith({}, '--config', file);
    assert.match(
      stderr(),
      /studio\.json: connections\[0\]\.apiKey: .* in clear text\..*ASSISTANTS_STUDIO_KEY_LOCAL/,
    );
    assert.match(
      stderr(),
      /connections\[1\]\.apiKeyEnv: the environment variable NOT_SET_ANYWHERE is not set\./,
    );
    assert.match(stderr(), /connections\[2\]: 'remote' is a server with the Assistants API/);
    assert.doesNotMatch(stderr(), /sk-in-the-file/);
  });

  for (const [wrong, message] of [
    [[], /studio\.json: .*object/],
    [{ conections: [] }, /studio\.json: .*conections/],
    [{ connections: {} }, /studio\.json: connections: .*array/],
    [{ connections: ['x'] }, /studio\.json: connections\[0\]: must be an object/],
    [{ connections: [{ ...local, id: 'a b' }] }, /connections\[0\]\.id: may contain only letters/],
    [{ connections: [{ ...local, id: 'demo' }] }, /connections\[0\]\.id: 'demo' belongs to a built-in/],
    [{ connections: [local, local] }, /connections\[1\]\.id: 'local' is used twice/],
    [
      {
        connections: [
          { ...local, id: 'my-server' },
          { ...local, id: 'My_Server' },
        ],
      },
      /connections\[1\]\.id: the key of 'My_Server' would be ASSISTANTS_STUDIO_KEY_MY_SERVER, as that of 'my-server'/,
    ],
    [{ connections: [{ ...local, kind: 'gemini' }] }, /connections\[0\]\.kind: must be one of: chat-comp/],
    [{ connections: [{ ...local, label: 1 }] }, /connections\[0\]\.label: must be a string/],
    [{ connections: [{ ...local, baseUrl: 'nowhere' }] }, /connections\[0\]\.baseUrl: must be a URL/],
    [{ connections: [{ ...local, baseUrl: 'ftp://x' }] }, /connections\[0\]\.baseUrl: must start with https/],
    [
      { connections: [{ ...local, baseUrl: 'http://a:hunter2@x' }] },
      /connections\[0\]\.baseUrl: must not contain/,
    ],
    [{ connections: [{ ...local, headers: { a: 1 } }] }, /connections\[0\]\.headers: must be an object with/],
    [{ connections: [{ ...local, headers: { 'a b': 'c' } }] }, /connections\[0\]\.headers: must be/],
    [{ connections: [{ ...local, contextWindow: 3 }] }, /connections\[0\]\.contextWindow: must be a number/],
    [
      { connections: [{ ...local, apiKeyEnv: 'sk-hunter2' }] },
      /connections\[0\]\.apiKeyEnv: must be the name/,
    ],
    [{ connections: [{ ...local, apiKey: 5 }] }, /connections\[0\]\.apiKey: must be a string/],
    [{ connections: [{ ...local, model: 'x' }] }, /connections\[0\]\.model: there is no such field/],
    [{ modelTimeout: -1 }, /modelTimeout: /],
    [{ codeInterpreterMemory: -1 }, /codeInterpreterMemory: /],
    [{ keepModelRequests: 0.5 }, /keepModelRequests: /],
    [{ modelPrices: { 'gpt-4.1': { input: 2 } } }, /modelPrices\["gpt-4\.1"\]: has “input” and “output”/],
    [{ modelPrices: [] }, /modelPrices: /],
    [{ fileSearch: 'cloud' }, /fileSearch: /],
    [{ connections: [local], embeddings: 'local' }, /embeddings: must be a model as connection\/model/],
    [{ connections: [local], embeddings: 'other/m' }, /embeddings: there is no connection 'other'/],
  ] as const) {
    it(`names the field that is wrong in ${JSON.stringify(wrong)}`, () => {
      assert.throws(
        () => parseConfiguration(wrong, 'studio.json'),
        (error) => {
          assert.ok(error instanceof ConfigurationError);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /hunter2/);
          return true;
        },
      );
    });
  }

  for (const [what, options, message] of [
    ['is missing', ['--config', 'nowhere.json'], /nowhere\.json cannot be read/],
    ['is no JSON', ['--config', 'CONTENT'], /studio\.json, line 2: /],
    ['comes with another source', ['--config', 'x.json', '--model-api', 'demo'], /--model-api: leave it out/],
  ] as const) {
    it(`that ${what} is refused, and the server does not start`, () => {
      const file = fileOf('{\n  "connections": [,]\n}');
      const args = options.map((option) => (option === 'CONTENT' ? file : option));
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        encoding: 'utf8',
      });
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    });
  }
});

describe('the engine of the npm package', () => {
  for (const [options, message] of [
    [{ dataDir: '' }, /createEngine: dataDir: must be a path/],
    [{ dataDir: 5 }, /createEngine: dataDir: must be a path/],
    [{ configFile: null }, /createEngine: configFile: must be a path/],
    [{ models: [] }, /createEngine: models: must be a function/],
    [{ log: 'console' }, /createEngine: log: must be a function/],
    [{ runExpirySeconds: '60' }, /createEngine: runExpirySeconds: must be a number/],
    [{ runExpirySeconds: 0 }, /createEngine: runExpirySeconds: must be a number/],
  ] as const) {
    it(`names the option that is wrong in ${JSON.stringify(options)}`, () => {
      assert.throws(() => createEngine(options as unknown as EngineOptions), message);
    });
  }

  it('warns of a key in its configuration, without showing it, as the server does', async () => {
    const configFile = fileOf({ connections: [{ ...local, apiKey: 'sk-in-the-file' }] });
    const lines: string[] = [];
    const log = (line: string) => void lines.push(line);
    await createEngine({ configFile, modelTimeout: undefined, log }).close();
    assert.match(lines.join('\n'), /studio\.json: connections\[0\]\.apiKey: .* in clear text/);
    assert.doesNotMatch(lines.join('\n'), /sk-in-the-file/);
  });

  it('is not served on a port, or with a token, that is wrong', async () => {
    const engine = { fetch: () => Promise.resolve(new Response()) };
    for (const port of ['8080x', -1, 1.5])
      await assert.rejects(startServer({ engine, port: port as number }), /port: must be an integer/);
    for (const token of ['', 'two words', 5])
      await assert.rejects(startServer({ engine, token: token as string }), /token: must be/);
  });
});
