import assert from 'node:assert/strict';
import { logsOf, slow, useInterpreter } from './support';

/** Code that leaves Python unable to print, import or open files, or its session unable to run code. */
const breakers: Record<string, string> = {
  'redirects its output': 'import io, sys\nsys.stdout = io.StringIO()',
  'closes all files': 'import os\nos.closerange(0, 20)',
  'replaces print': 'import builtins\nbuiltins.print = lambda *arguments, **options: None',
  'deletes all builtins': 'import builtins\nbuiltins.__dict__.clear()',
  'deletes all modules': 'import sys\nsys.modules.clear()',
  'replaces the finders of modules': 'import sys\nsys.meta_path = []',
  'empties the search path': 'import sys\nsys.path.clear()\nsys.path_importer_cache.clear()',
  'breaks imports':
    'import builtins\ndef fail(*rest, **more): raise ImportError("no")\nbuiltins.__import__ = fail',
  'breaks open': 'import builtins\ndef fail(*rest, **more): raise OSError("no")\nbuiltins.open = fail',
  'breaks what reports errors': 'import traceback\ntraceback.print_exception = None\n1 / 0',
};

/** Code that changes Python without making it unusable. */
const harmless: Record<string, string> = {
  'changes the folder': 'import os\nos.makedirs("inner", exist_ok=True)\nos.chdir("inner")',
  'disables garbage collection': 'import gc\ngc.disable()',
  'registers a handler of exits and of signals':
    'import atexit, signal\natexit.register(print, "exit")\nsignal.signal(signal.SIGINT, signal.SIG_IGN)',
  'lowers the recursion limit': 'import sys\nsys.setrecursionlimit(60)',
  'copies its output': `import sys
class Tee:
    def __init__(self, stream): self.stream = stream
    def write(self, text): return self.stream.write(text)
    def __getattr__(self, name): return getattr(self.stream, name)
sys.stdout = Tee(sys.stdout)`,
  'hides builtins behind variables': 'list = [1]\nstr = "a"\nid = 3',
  fails: '1 / 0',
};

describe('code interpreter: code that breaks Python', function () {
  this.timeout(slow);
  const python = useInterpreter();

  for (const [what, code] of Object.entries(breakers)) {
    it(`the call after one that ${what} has a fresh interpreter, says so, and finds the files`, async () => {
      await python.run(
        'import os\nos.makedirs("/mnt/data", exist_ok=True)\nopen("/mnt/data/kept.txt", "w").write("kept")',
      );
      await python.run(`variable = 1\n${code}`);
      const result = await python.run('print(open("/mnt/data/kept.txt").read(), "variable" in globals())');
      assert.match(logsOf(result), /^\[Python was restarted: [^\n]*\]\nkept False\n$/);
      assert.equal(result.ok, true);
    });
  }

  it('a call that breaks Python keeps the files it wrote', async () => {
    const result = await python.run(
      'open("/mnt/data/new.txt", "w").write("new")\nimport builtins\nbuiltins.__dict__.clear()',
    );
    assert.deepEqual(
      result.files.map(({ name }) => name),
      ['new.txt'],
    );
    assert.match(logsOf(result), /left Python unable to report/);
  });

  for (const [what, code] of Object.entries(harmless)) {
    it(`a call that ${what} does not cost the thread its variables`, async () => {
      const thread = 'thread_harmless';
      await python.run('variable = 42', { thread });
      await python.run(code, { thread });
      assert.equal(logsOf(await python.run('print(variable)', { thread })), '42\n');
    });
  }
});
