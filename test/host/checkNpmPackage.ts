/** Installs the npm package in an empty folder and uses it as its users do: `node out/test/host/checkNpmPackage.js FILE`. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import OpenAI, { toFile } from 'openai';
import { docx } from '../engine/fileSearch/officeFile';
import { chinesePdf, textPdf } from '../engine/fileSearch/pdfFile';
import { root, temporaryFolder } from './paths';

const allowed = [
  /^(package\.json|index\.(cjs|mjs)|cli\.cjs|README\.md|LICENSE|ThirdPartyNotices\.txt)$/,
  /^dist\/(main|searchWorker|databaseWorker)\.js$/,
  /^dist\/python\/(child|realm)\.js$/,
  /^dist\/reader\/(reader\.mjs|cmaps\/[\w-]+\.bcmap)$/,
  /^types\/(extensionApi|npm\/index|engine\/models\/(modelProvider|prices)|engine\/models\/replay\/replayTraits)\.d\.ts$/,
  /^types\/npm\/index\.d\.mts$/,
];

const name = 'assistants-studio';
const node = process.execPath;
/** Only what a shell has, with this Node: nothing of npm's or of this repository. npm needs the certificates of proxies. */
const env: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([variable]) => !/^(npm_|NODE_(?!EXTRA_CA_CERTS$)|INIT_CWD)/i.test(variable),
  ),
);

async function main(): Promise<void> {
  const [tarball] = process.argv.slice(2);
  if (!tarball) throw new Error('Expected the path of a tarball.');
  const folder = temporaryFolder('npm');
  const programs = temporaryFolder('node');
  env['PATH'] = [programs, path.dirname(node), process.env['PATH']].join(path.delimiter);
  try {
    // It may have another name on this machine.
    if (process.platform !== 'win32') symlinkSync(node, path.join(programs, 'node'));
    execFileSync('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: folder, env, stdio: 'pipe' });
    checkFiles(path.join(folder, 'node_modules', name));
    const installed = megabytes(sizeOf(path.join(folder, 'node_modules')));
    const packed = megabytes(statSync(tarball).size);
    console.log(
      `  ✔ the npm package holds what belongs into it: ${packed}, ${installed} with its dependencies`,
    );
    checkLibrary(folder);
    console.log('  ✔ its engine runs by import and by require, with nothing else installed');
    checkTypes(folder);
    console.log('  ✔ its types compile, strictly and with their libraries checked');
    await checkServer(folder);
    console.log('  ✔ its server reads documents, and runs Python');
    await checkMcp(folder);
    console.log('  ✔ its MCP server runs Python');
    checkExample(folder);
    console.log('  ✔ the example runs');
  } finally {
    for (const made of [folder, programs]) rmSync(made, { recursive: true, force: true, maxRetries: 10 });
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function filesIn(folder: string): string[] {
  return globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
}

function sizeOf(folder: string): number {
  return filesIn(folder).reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0);
}

function checkFiles(folder: string): void {
  const files = filesIn(folder);
  const strange = files.filter((file) => !allowed.some((pattern) => pattern.test(file)));
  assert.deepEqual(strange, [], '✘ Unexpected files in the npm package');
  for (const pattern of allowed)
    assert.ok(
      files.some((file) => pattern.test(file)),
      `✘ Missing: ${pattern}`,
    );
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const own = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  assert.equal(manifest.version, own.version);
  for (const version of Object.values(manifest.dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/);
  const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
  assert.doesNotMatch(
    readme,
    /\]\((?!https:|#)/,
    '✘ A link of its README leads to a file that it does not have',
  );
  const code = readFileSync(path.join(folder, 'dist', 'main.js'), 'utf8');
  assert.doesNotMatch(code, /require\("vscode"\)/, '✘ The npm package needs VS Code.');
  assert.match(
    readFileSync(path.join(folder, 'ThirdPartyNotices.txt'), 'utf8'),
    /^pdfjs-dist .*Apache-2\.0/m,
  );
}

/** Fetches alone: the client is not installed. */
const library = `
  const engine = createEngine();
  const ask = async (path, body) => {
    const response = await engine.fetch('http://engine/v1' + path, body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  try {
    const { id } = await ask('/assistants', { model: 'demo/tutor' });
    const thread = { messages: [{ role: 'user', content: 'Solve the equation 3x + 11 = 14.' }] };
    let run = await ask('/threads/runs', { assistant_id: id, thread });
    while (['queued', 'in_progress'].includes(run.status)) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      run = await ask('/threads/' + run.thread_id + '/runs/' + run.id);
    }
    const { data } = await ask('/threads/' + run.thread_id + '/messages');
    console.log(run.status, data[0].content[0].text.value);
    try {
      createEngine({ connections: [{ id: 'x', kind: 'responses', baseUrl: 'nowhere' }] });
    } catch (error) {
      console.log(error.message);
    }
    console.log(new ModelError('x').name);
  } finally {
    await engine.close();
  }
`;

function checkLibrary(folder: string): void {
  writeFileSync(
    path.join(folder, 'use.mjs'),
    `import { createEngine, ModelError } from '${name}';\n${library}`,
  );
  writeFileSync(
    path.join(folder, 'use.cjs'),
    `const { createEngine, ModelError } = require('${name}');\n(async () => {${library}})();`,
  );
  for (const file of ['use.mjs', 'use.cjs']) {
    const output = execFileSync(node, [file], { cwd: folder, env, encoding: 'utf8' });
    assert.match(output, /^completed [^]*x = 1/, `✘ ${file} prints: ${output}`);
    assert.match(output, /createEngine: connections\[0\]\.baseUrl: must be a URL/);
    assert.match(output, /^ModelError$/m);
  }
  const old = "Object.defineProperty(process.versions, 'node', { value: '20.1.0' });";
  for (const load of [`require('${name}')`, `import('${name}')`])
    assert.throws(
      () => execFileSync(node, ['-e', `${old} ${load}`], { cwd: folder, env, stdio: 'pipe' }),
      /needs Node 22\.13 or later; this is 20\.1\.0/,
    );
}

const consumer = `
import { createEngine, type Engine, type ModelProvider, startServer } from '${name}';
import type { AssistantsStudioAPI } from '${name}/extension';

const provider: ModelProvider = {
  listModels: () => Promise.resolve([{ id: 'echo' }]),
  generate: async function* (request) {
    yield { type: 'text', text: request.instructions };
    yield { type: 'finish', reason: 'stop' };
  },
};
const engine: Engine = createEngine({
  connections: [
    { id: 'local', kind: 'chat-completions', baseUrl: 'http://127.0.0.1:1/v1', headers: { 'x-team': 'a' } },
  ],
  models: () => [{ id: 'own', label: 'Own', provider }],
});
// @ts-expect-error: there is no such kind.
createEngine({ connections: [{ id: 'x', kind: 'gemini', baseUrl: 'http://127.0.0.1:1/v1' }] });
export const address: Promise<string> = startServer({ engine }).then(({ url }) => url);
export const ask = (api: AssistantsStudioAPI): Promise<string> =>
  api.ask({ assistantId: 'asst_1', message: 'Hello' }).then(({ text }) => text);
`;

function checkTypes(folder: string): void {
  const files = ['consumer.mts', 'consumer.cts'];
  for (const file of files) writeFileSync(path.join(folder, file), consumer);
  const compilerOptions = {
    ...{ target: 'es2023', lib: ['es2023', 'dom'], module: 'node20', types: [] },
    ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true },
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    execFileSync(node, [tsc, '-p', folder], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    throw new Error(
      `✘ A program that uses the types does not compile:\n${(error as { stdout: string }).stdout}`,
      {
        cause: error,
      },
    );
  }
}

async function checkServer(folder: string): Promise<void> {
  const config = path.join(folder, 'studio.json');
  copyFileSync(path.join(root, 'examples', 'engine', 'studio.json'), config);
  const program = path.join(folder, 'node_modules', '.bin', name);
  const child = spawn(node, [program, 'serve', '--config', config], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const client = new OpenAI({ apiKey: 'any', baseURL: line.replace(/^listening /, '') });
    const word = (text: string) => docx(`<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`);
    const html = Buffer.from('<p>Seals are mammals.</p>');
    const mail = 'From: a@example.com\nSubject: Sea\nContent-Type: text/plain\n\nOtters are mammals.\n';
    for (const [filename, content, words] of [
      ['a.pdf', textPdf(['Whales are mammals.']), 'Whales are mammals.'],
      ['b.pdf', chinesePdf('数据库连接失败'), '数据库连接失败'],
      ['c.docx', word('Dolphins are mammals.'), 'Dolphins are mammals.'],
      ['d.html', html, 'Seals are mammals.'],
      ['e.eml', Buffer.from(mail), 'Otters are mammals.'],
      // “Database” in GB 18030, which has to be detected.
      ['f.txt', gbk, '数据库连接失败'],
    ] as const) {
      const store = await client.vectorStores.create({ name: filename });
      const file = await toFile(content, filename);
      const { status, last_error } = await client.vectorStores.files.uploadAndPoll(store.id, file, {
        pollIntervalMs: 50,
      });
      assert.deepEqual([status, last_error], ['completed', null], `✘ ${filename} is not read`);
      const { data } = await client.vectorStores.search(store.id, { query: words });
      assert.ok(
        JSON.stringify(data).includes(words),
        `✘ ${filename} is read wrongly: ${JSON.stringify(data)}`,
      );
    }
    const tools = [{ type: 'code_interpreter' as const }];
    const { id } = await client.beta.assistants.create({ model: 'demo/tutor', tools });
    const thread = { messages: [{ role: 'user' as const, content: 'Compute 6 * 7 with code.' }] };
    const run = await client.beta.threads.createAndRunPoll(
      { assistant_id: id, thread },
      { pollIntervalMs: 50 },
    );
    assert.equal(run.status, 'completed', run.last_error?.message);
    const { data } = await client.beta.threads.messages.list(run.thread_id);
    assert.match(JSON.stringify(data[0]?.content), /42/);
    child.kill('SIGTERM');
    if (process.platform !== 'win32') assert.deepEqual(await exited, [0, null]);
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

const gbk = Buffer.from(
  'cafdbeddbfe2c1acbdd3caa7b0dca1a3cafdbeddbfe2c1acbdd3caa7b0dca1a3cafdbeddbfe2c1acbdd3caa7b0dca1a3',
  'hex',
);

async function checkMcp(folder: string): Promise<void> {
  const client = new Client({ name: 'check', version: '1' });
  const server = { command: 'npx', args: [name, 'mcp'], cwd: folder, env: env as Record<string, string> };
  await client.connect(new StdioClientTransport({ ...server, stderr: 'inherit' }));
  try {
    const params = { name: 'runPython', arguments: { code: '6 * 7' } };
    const { content } = (await client.callTool(params)) as CallToolResult;
    assert.match(JSON.stringify(content), /42/);
  } finally {
    await client.close();
  }
}

/** The example needs the official client, which is not a dependency of the package. */
function checkExample(folder: string): void {
  const example = path.join(folder, 'ask.mjs');
  copyFileSync(path.join(root, 'examples', 'engine', 'ask.mjs'), example);
  symlinkSync(
    path.join(root, 'node_modules', 'openai'),
    path.join(folder, 'node_modules', 'openai'),
    'junction',
  );
  const data = path.join(folder, 'data');
  mkdirSync(data);
  assert.match(execFileSync(node, [example, data], { cwd: folder, env, encoding: 'utf8' }), /4181/);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
