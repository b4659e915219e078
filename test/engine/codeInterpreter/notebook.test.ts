import assert from 'node:assert/strict';
import { logsOf, slow, useInterpreter } from './support';

const packagesNote =
  /^\[Nothing is installed by commands here\. Packages of the Pyodide distribution[^\n]*imported[^\n]*\]\n/;

describe('code interpreter: code as notebooks and chats have it', function () {
  this.timeout(slow);
  const python = useInterpreter();

  const fences: [string, string][] = [
    ['a fence', '```python\nprint(6 * 7)\n```'],
    ['a fence without a language', '```\nprint(6 * 7)\n```\n'],
    ['a fence of tildes', '~~~py\nprint(6 * 7)\n~~~'],
    ['a fence and text around it', "Here's the code:\n\n```python\nprint(6 * 7)\n```\nIt doesn't do much."],
    ['a fence with a title', '```python title="a.py"\nprint(6 * 7)\n```'],
    ['a fence that is not closed', '```python\nprint(6 * 7)'],
    ['a fence on the line of the code', '```python print(6 * 7)```'],
    ['a fence that closes on the line of the code', '```python\nprint(6 * 7)```'],
    ['an indented fence', '    ```python\n    print(6 * 7)\n    ```'],
    ['two fences', '```python\nx = 6\n```\nand\n```python\nprint(x * 7)\n```'],
    ['backticks', '`print(6 * 7)`'],
    ['indentation', '    x = 6\n    if x:\n        print(x * 7)'],
    ['indentation of all but the first line', 'x = 6\n    y = 7\n    print(x * y)'],
    ['prompts', '>>> x = 6\n>>> for y in [7]:\n...     print(x * y)\n...\n41'],
    ['prompts of IPython', 'In [1]: for y in [7]:\n   ...:     print(6 * y)\n   ...:'],
    ['prompts on the first lines only', '>>> for y in [7]:\n    print(6 * y)'],
    ['spaces that do not break', 'x\u00a0=\u00a06\nfor y in [7]:\n\u00a0\u00a0\u00a0 print(x\u3000*\u202fy)'],
    ['marks without a width', '\ufeffx\u200b = 6\nprint(x * len("a\u00a0\u200b1234"))'],
    ['a fence and spaces that do not break', '```python\nprint(6\u00a0* 7)\n```'],
    ['top-level await', '```python\nimport asyncio\nawait asyncio.sleep(0)\nprint(42)\n```'],
  ];
  for (const [what, code] of fences) {
    it(`runs with ${what}`, async () => {
      const result = await python.run(code);
      assert.equal(logsOf(result), '42\n');
      assert.equal(result.ok, true);
    });
  }

  const installs = ['!pip install x', '%pip install x', '!python -m pip install x', '%conda install x'];
  installs.push(
    '!pip install "it\'s\n',
    '  !pip install x \\\n  y',
    'pip install x',
    '%%capture\n!pip install x',
  );
  for (const line of installs) {
    it(`runs the rest of what begins with ${JSON.stringify(line)}, and says how packages load`, async () => {
      const result = await python.run(`${line}\n42`);
      assert.equal(result.ok, true);
      const logs = logsOf(result);
      if (line.startsWith('%%capture')) assert.equal(logs, '');
      else {
        assert.match(logs, packagesNote);
        assert.match(logs, /\]\n42\n$/);
      }
    });
  }

  const lines: [string, RegExp][] = [
    ['%matplotlib inline\n%config InlineBackend.figure_format = "retina"\n42', /^42\n$/],
    ['%load_ext autoreload\n%autoreload 2\n42', /^42\n$/],
    ['%%time\n6 * 7', /^42\nCPU times: [^\n]*\nWall time: [\d.e+]+ (s|ms|µs|ns)\n$/],
    ['%%time\nimport asyncio\nawait asyncio.sleep(0, 42)', /^42\nCPU times/],
    ['%time 6 * 7', /^CPU times[^\n]*\nWall time[^\n]*\n42\n$/],
    ['x = %time 6 * 7\nx', /Wall time[^\n]*\n42\n$/],
    ['%timeit -n 10 sum(range(10))', / per loop \(best of 3 runs, 10 loops each\)\n$/],
    ['%%timeit x = 6\nx * 7', / per loop /],
    ['%%capture out\nprint(42)\n7', /^$/],
    ['%%capture out\nprint(42)\n', /^$/],
    ['out.stdout\n!pwd', /^\/mnt\/data\n$/],
    ['open("a.txt", "w").write("42\\n");\n!ls', /^a\.txt\n$/],
    ['!cat a.txt', /^42\n$/],
    ['found = !ls\nfound', /^\['a\.txt'\]\n$/],
    ['if True:\n    !ls /mnt/data', /^a\.txt\n$/],
    ['%%bash\nls\npwd', /^a\.txt\n\/mnt\/data\n$/],
    ['%%writefile b.py\nb = 42\n', /^Writing b\.py\n$/],
    ['%run b.py\nb', /^42\n$/],
    [
      '!wget https://example.com/x',
      /^\[There is no shell here: “wget https:\/\/example\.com\/x” was not run\./,
    ],
    ['!cat a.txt | wc -l', /^\[There is no shell here/],
    ['!ls none', /^ls: \[Errno 44\] No such file or directory: 'none'\n$/],
    ['%sql SELECT 1\n42', /^\[The magic %sql does not exist here and was not run\.\]\n42\n$/],
    [
      '%%javascript\nalert("it\'s")',
      /^\[The magic %%javascript does not exist here: the cell was not run\.\]\n$/,
    ],
    ['?len', /^Signature: len\(obj, \/\)\nType: builtin[^]*Docstring: Return the number of items/],
    ['len?', /Docstring: Return the number/],
    ['str.upper??', /Docstring: Return a copy of the string converted to uppercase/],
    ['none_such?', /^Object `none_such` not found/],
    ['get_ipython().run_line_magic("matplotlib", "inline")\nget_ipython().system("pwd")', /^\/mnt\/data\n$/],
    ['display("a", [1])', /^'a'\n\[1\]\n$/],
  ];
  for (const [code, expected] of lines) {
    it(`runs ${JSON.stringify(code)}`, async () => {
      const result = await python.run(code);
      assert.match(logsOf(result), expected);
      assert.equal(result.ok, true);
    });
  }

  it('leaves strings, operators and continued lines as they are', async () => {
    const code = `!pwd
text = """
!ls
%time x
\`\`\`python
what?
"""
x = (7
  % 4)
y = (x
  != 3)
print(text, x, y)`;
    const text = '\n!ls\n%time x\n```python\nwhat?\n';
    assert.equal(logsOf(await python.run(code)), `/mnt/data\n${text} 3 False\n`);
  });

  const wrong: [string, RegExp][] = [
    ['readme = """\n```python\nprint("ran")\n```\n"""\nprint("a"', /line 6[^]*'\(' was never closed/],
    ['f"""\n%x {a b}\n"""', /line 2[^]*SyntaxError/],
    ['(7\n%count) 8', /line 2[^]*SyntaxError/],
    ['!pwd\nx = 1 2', /line 2\n {4}x = 1 2\n[^]*SyntaxError/],
    ['```python\nx = 1 2\n```', /line 2\n {4}x = 1 2\n[^]*SyntaxError/],
  ];
  for (const [code, error] of wrong) {
    it(`reports what is wrong in ${JSON.stringify(code)}`, async () => {
      const result = await python.run(code);
      assert.equal(result.ok, false);
      assert.match(logsOf(result), error);
      assert.doesNotMatch(logsOf(result), /ran|notebook|\.py", line \d+, in as_python/);
    });
  }

  it('reports an error at its line, without frames of the notebook', async () => {
    const logs = logsOf(await python.run('%matplotlib inline\n\n%time 1 / 0'));
    assert.match(logs, /line 3, in <module>[^]*line 1, in <module>\n {4}1 \/ 0[^]*ZeroDivisionError/);
    assert.doesNotMatch(logs, /shell\.py|pyodide/);
  });

  it('prints a value that is HTML alone as text', async () => {
    const table = '<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2 &lt; 3</td></tr></table>';
    const code = `class Table:\n    def _repr_html_(self): return "<style>x</style>${table}"\nTable()`;
    assert.equal(logsOf(await python.run(code)), 'a\tb\n1\t2 < 3\n');
  });

  it('prints a value that has text and HTML as its text', async () => {
    const code = `class Frame:
    def _repr_html_(self): return "<b>html</b>"
    def __repr__(self): return "   a\\n0  1"
display(Frame())
Frame()`;
    assert.equal(logsOf(await python.run(code)), '   a\n0  1\n   a\n0  1\n');
  });

  it('shows the picture of a value', async () => {
    const code = `class Picture:
    def __init__(self, kind, content): self.kind, self.content = kind, content
    def _repr_png_(self): return self.content if self.kind == "png" else None
    def _repr_jpeg_(self): return self.content, {"width": 1}
display(Picture("jpeg", b"\\xff\\xd8\\xff"))
Picture("png", "iVBORw0KGgo=")`;
    assert.equal(logsOf(await python.run(code)), '<figure-1.jpg><figure-2.png>');
    assert.equal(logsOf(await python.run('Picture("png", b"none")')), '');
    assert.match(logsOf(await python.run('Picture')), /^<class/);
  });

  it('shows a picture once that is saved as well, with the same content', async () => {
    const code = `class Dot:
    def _repr_png_(self): return b"\\x89PNG\\r\\n\\x1a\\nx"
display(Dot())
open("one.png", "wb").write(b"\\x89PNG\\r\\n\\x1a\\nx")
open("two.png", "wb").write(b"\\x89PNG\\r\\n\\x1a\\nx");`;
    const result = await python.run(code);
    assert.equal(logsOf(result), '<figure-1.png>');
    assert.deepEqual(result.files.map(({ name }) => name).sort(), ['one.png', 'two.png']);
  });

  it('shows images of Pillow that it is asked to show', async () => {
    const code = `import os, sys
os.makedirs("modules/PIL"); os.makedirs("modules/IPython/core")
open("modules/PIL/__init__.py", "w")
open("modules/PIL/ImageShow.py", "w").write("""
viewers = []
def register(viewer, order=1): viewers.insert(0, viewer)
def show(image, title=None): return any(viewer.show(image, title=title) for viewer in viewers)
""")
open("modules/IPython/__init__.py", "w").write("from .core.getipython import get_ipython")
open("modules/IPython/core/__init__.py", "w")
open("modules/IPython/core/getipython.py", "w").write("def get_ipython(): return None")
open("modules/IPython/core/display_functions.py", "w").write("def display(*values): print('wrong')")
open("modules/IPython/display.py", "w").write("from IPython.core.display_functions import *")
sys.path.insert(0, "modules")
from PIL import ImageShow
class Image:
    mode = "RGB"
    def save(self, file, format): file.write(b"\\x89PNG\\r\\n\\x1a\\n")
print(ImageShow.show(Image()))
from IPython.display import display
from IPython import get_ipython
display(42)
get_ipython().run_line_magic("matplotlib", "inline")`;
    assert.equal(logsOf(await python.run(code)), '<figure-1.png>True\n42\n');
  });
});
