import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Packages } from '../../../src/engine/tools/codeInterpreter/host/packages';
import { zip } from './zip';
import { assets, logsOf, slow, staysBounded, useInterpreter } from './support';

/** A wheel with one module, as small as one can be. */
function wheel(name: string, files: Record<string, string>): Buffer {
  const info = `${name}-1.0.dist-info`;
  return zip({
    ...files,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: '',
  });
}

const wheels: Record<string, Buffer> = {
  'suite_top-1.0-py3-none-any.whl': wheel('suite_top', {
    'suite_top/__init__.py': 'import suite_base\nvalue = suite_base.value + 1\n',
  }),
  'suite_base-1.0-py3-none-any.whl': wheel('suite_base', { 'suite_base.py': 'value = 41\n' }),
  'suite_forged-1.0-py3-none-any.whl': wheel('suite_forged', { 'suite_forged.py': 'print("forged")\n' }),
  'matplotlib-1.0-py3-none-any.whl': wheel('matplotlib', standInForMatplotlib()),
};

describe('code interpreter: packages of the distribution', function () {
  this.timeout(slow);
  const folder = mkdtempSync(join(tmpdir(), 'code-interpreter-packages-'));
  const ownAssets = join(folder, 'assets');
  const packages = { baseUrl: '', cacheFolder: join(folder, 'cache') };
  let asked: string[] = [];
  let server: Server;

  before(async () => {
    writeAssets(ownAssets);
    server = createServer((request, response) => {
      const name = request.url?.slice(1) ?? '';
      asked.push(name);
      if (name.startsWith('suite_slow')) return;
      if (wheels[name]) response.end(wheels[name]);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    packages.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    asked = [];
  });

  const python = useInterpreter({ assets: ownAssets, packages });
  const impatient = useInterpreter({
    assets: ownAssets,
    packages,
    limits: { timeMs: 3_000, packagesMs: 500 },
  });
  const offline = useInterpreter({ assets: ownAssets });
  const late = useInterpreter({ assets: ownAssets, packages });

  it('are fetched when they are first imported, with their dependencies', async () => {
    const result = await python.run('def late():\n    import suite_top\n    return suite_top.value\nlate()');
    assert.equal(logsOf(result), '42\n');
    assert.deepEqual(asked.sort(), ['suite_base-1.0-py3-none-any.whl', 'suite_top-1.0-py3-none-any.whl']);
  });

  it('are known once their list can be read, if it could not be at first', async () => {
    const list = join(ownAssets, 'pyodide-lock.json');
    renameSync(list, `${list}.away`);
    try {
      assert.match(logsOf(await late.run('1')), /The code interpreter failed: ENOENT/);
    } finally {
      renameSync(`${list}.away`, list);
    }
    assert.equal(logsOf(await late.run('import suite_base\nsuite_base.value')), '41\n');
  });

  it('are fetched once, whatever the number of threads', async () => {
    await python.run('import suite_base');
    asked = [];
    const result = await python.run('import suite_base\nsuite_base.value', { thread: 'thread_b' });
    assert.equal(logsOf(result), '41\n');
    assert.deepEqual(asked, []);
  });

  it('are fetched by several calls at once', async () => {
    const cacheFolder = join(folder, 'cache-of-many');
    const all = await Packages.open(join(ownAssets, 'pyodide-lock.json'), { ...packages, cacheFolder });
    const get = () => all.get('suite_top', new Set(), new AbortController().signal);
    const found = await Promise.all(Array.from({ length: 20 }, get));
    assert.deepEqual(new Set(found.map((each) => each.length)), new Set([2]));
    assert.equal(readdirSync(cacheFolder).length, 2);
  });

  it('are there even if they cannot be cached', async () => {
    const cacheFolder = join(folder, 'a-file');
    writeFileSync(cacheFolder, '');
    const all = await Packages.open(join(ownAssets, 'pyodide-lock.json'), { ...packages, cacheFolder });
    const [found] = await all.get('suite_base', new Set(), new AbortController().signal);
    assert.equal(found?.name, 'suite_base');
  });

  it('are not run if their hash differs from the lock file', async () => {
    const result = await python.run('import suite_forged');
    assert.match(
      logsOf(result),
      /ModuleNotFoundError: No module named 'suite_forged': it is in the package “suite_forged”[^]*SHA-256 differs/,
    );
    assert.doesNotMatch(logsOf(result), /^forged$/m);
    assert.ok(readdirSync(packages.cacheFolder).every((name) => !name.includes('forged')));
  });

  it('that cannot be fetched raise an ImportError that says so', async () => {
    const result = await python.run(
      'try:\n    import suite_missing\nexcept ImportError as error:\n    print(error)',
    );
    assert.match(
      logsOf(result),
      /No module named 'suite_missing': it is in the package “suite_missing” of the Pyodide distribution, which cannot be fetched from 127\.0\.0\.1:\d+ \(HTTP 404\)/,
    );
  });

  it('raise an ImportError that says so if downloads are disabled', async () => {
    assert.match(
      logsOf(await offline.run('import suite_top')),
      /ModuleNotFoundError: [^]*package downloads are disabled here/,
    );
  });

  it('are waited for up to a limit of their own, once in a call, and the call continues', async () => {
    const code = `def attempt(name):
    try:
        __import__(name)
    except ImportError as error:
        print(error)
kept = 1
for name in ["suite_slow", "suite_slow", "suite_top"]: attempt(name)`;
    const logs = logsOf(await impatient.run(code, { thread: 'thread_slow' }));
    assert.deepEqual(asked, ['suite_slow-1.0-py3-none-any.whl']);
    assert.match(logs, /'suite_slow'[^\n]*cannot be fetched from/);
    assert.match(logs, /'suite_top': this call has waited for packages for 0\.5 seconds already\.\n$/);
    assert.equal(logsOf(await impatient.run('kept', { thread: 'thread_slow' })), '1\n');
  });

  it('do not keep a loop of failing imports running past the time limit', async () => {
    const loop = `while True:
    try:
        import suite_missing
    except BaseException:
        pass`;
    assert.match(logsOf(await impatient.run(loop)), /ran for longer than 3 seconds/);
    assert.deepEqual(asked, ['suite_missing-1.0-py3-none-any.whl']);
  });

  it('a module that no package provides raises an ordinary ImportError', async () => {
    assert.match(
      logsOf(await python.run('import no_such_thing')),
      /ModuleNotFoundError: No module named 'no_such_thing'\n$/,
    );
    assert.deepEqual(asked, []);
  });

  it('figures of matplotlib are shown: when they are asked for, and when the code ends', async () => {
    const result = await python.run(
      'import matplotlib.pyplot as plt\nplt.figure()\nplt.show()\nprint("between")\nplt.figure();',
    );
    assert.equal(logsOf(result), '<figure-1.png>between\n<figure-2.png>');
    const [image] = result.outputs;
    assert.ok(image?.type === 'image');
    assert.equal(Buffer.from(image.data).toString('latin1', 1, 4), 'PNG');
    assert.deepEqual((await python.run('1;')).outputs, []);
  });

  it('figures of many calls, as many and as large as they may be, leave no memory behind', async () => {
    const code = 'import matplotlib.pyplot as plt\nfor at in range(25): plt.figure().bytes = 100_000';
    await staysBounded(async () => {
      const { outputs } = await python.run(code);
      assert.equal(outputs.filter(({ type }) => type === 'image').length, 20);
    });
  }).timeout(4 * slow);

  const plots: [string, string, string][] = [
    ['shown, then saved', 'f = plt.figure()\nplt.show()\nf.savefig("a.png")', '<figure-1.png>'],
    ['saved, then shown', 'f = plt.figure()\nf.savefig("a.png")\nplt.show()', '<a.png>'],
    ['saved under two names', 'f = plt.figure()\nf.savefig("a.png")\nf.savefig("b.png")', '<a.png>'],
    ['shown twice', 'f = plt.figure()\nplt.show()\nplt.show()', '<figure-1.png>'],
    ['the last value', 'f = plt.figure()\nf', '<figure-1.png>'],
    ['displayed, then shown', 'f = plt.figure()\ndisplay(f)\nplt.show()', '<figure-1.png>'],
    ['saved as what is not shown', 'f = plt.figure()\nf.savefig("a.svg")', '<figure-1.png>'],
    [
      'shown, then changed and saved',
      'f = plt.figure()\nplt.show()\nf.set_title("x")\nf.savefig("a.png")',
      '<figure-1.png><a.png>',
    ],
    [
      'shown and saved, and its file written over',
      'f = plt.figure()\nplt.show()\nf.savefig("a.png")\nopen("a.png", "ab").write(b"x");',
      '<figure-1.png><a.png>',
    ],
    [
      'two figures under one name, of which one was shown',
      'f = plt.figure()\nplt.show()\nf.savefig("a.png")\nplt.figure().savefig("a.png")',
      '<figure-1.png><a.png>',
    ],
  ];
  for (const [what, code, shown] of plots) {
    it(`a figure that is ${what} is shown as often as there are pictures`, async () => {
      const result = await python.run(`import matplotlib.pyplot as plt\n${code}`, { turn: what });
      assert.equal(logsOf(result), shown);
      const saved = [...new Set(code.match(/[ab]\.(png|svg)/g) ?? [])].sort();
      assert.deepEqual(result.files.map(({ name }) => name).sort(), saved);
    });
  }

  it('a figure that was shown is not shown again by a later call of its turn, but in the next turn', async () => {
    const thread = { thread: 'thread_turns' };
    const draw = 'import matplotlib.pyplot as plt\nf = plt.figure()\nplt.show()';
    assert.equal(logsOf(await python.run(draw, { ...thread, turn: 'one' })), '<figure-1.png>');
    const save = 'f.savefig("a.png")';
    const saved = await python.run(save, { ...thread, turn: 'one' });
    assert.deepEqual([logsOf(saved), saved.files.length], ['', 1]);
    assert.equal(logsOf(await python.run(save, { ...thread, turn: 'two' })), '<a.png>');
  });

  it('a figure that was saved as an image is shown once', async () => {
    const result = await python.run('plt.figure().savefig("/mnt/data/plot.png")\nplt.show()');
    assert.equal(logsOf(result), '<plot.png>');
  });
});

/** Copies the built assets and adds the suite's packages to their lock file. */
function writeAssets(folder: string): void {
  cpSync(assets, folder, { recursive: true });
  const path = join(folder, 'pyodide-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, unknown> };
  const add = (name: string, depends: string[] = [], content?: Buffer) => {
    const file = `${name}-1.0-py3-none-any.whl`;
    const sha256 = createHash('sha256')
      .update(content ?? wheels[file] ?? '')
      .digest('hex');
    lock.packages[name] = { name, file_name: file, install_dir: 'site', sha256, imports: [name], depends };
  };
  add('suite_top', ['suite_base']);
  add('suite_base');
  add('suite_forged', [], Buffer.from('what it should have been'));
  add('suite_missing');
  add('suite_slow');
  add('matplotlib');
  writeFileSync(path, JSON.stringify(lock));
}

/** The parts of matplotlib that a backend uses: the suite has no network to fetch the real one. */
function standInForMatplotlib(): Record<string, string> {
  return {
    'matplotlib/__init__.py': '',
    'matplotlib/_pylab_helpers.py': `class Gcf:
    managers = []
    @classmethod
    def get_all_fig_managers(cls): return list(cls.managers)
    @classmethod
    def destroy_all(cls): cls.managers.clear()
`,
    'matplotlib/backends/__init__.py': '',
    'matplotlib/backends/backend_agg.py': `class FigureCanvasAgg:
    def __init__(self, figure): self.figure = figure
    count = 0
    def print_figure(self, filename, *args, title="", **kwargs):
        # As with different options, no two pictures have the same bytes.
        FigureCanvasAgg.count += 1
        content = b"\\x89PNG\\r\\n\\x1a\\n" + f"{title} {FigureCanvasAgg.count}".encode() + bytes(getattr(self.figure, "bytes", 0))
        if hasattr(filename, "write"): filename.write(content)
        else: open(filename, "wb").write(content)
`,
    'matplotlib/figure.py': `class Figure:
    stale = True
    title = ""
    def __repr__(self): return "<Figure>"
    def set_title(self, title): self.title, self.stale = title, True
    def savefig(self, filename, **kwargs):
        self.canvas.print_figure(filename, title=self.title, **kwargs)
        self.stale = False
`,
    'matplotlib/pyplot.py': `import importlib, os
from matplotlib._pylab_helpers import Gcf
backend = importlib.import_module(os.environ["MPLBACKEND"].removeprefix("module://"))
from matplotlib.figure import Figure
class Manager:
    def __init__(self, canvas): self.canvas = canvas
def figure():
    made = Figure()
    made.canvas = backend.FigureCanvas(made)
    Gcf.managers.append(Manager(made.canvas))
    return made
def show(): backend.show()
`,
  };
}
