import assert from 'node:assert/strict';
import { useReader } from './support';

const notebook = (cells: unknown[]): string =>
  JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
const code = (source: string[], outputs: unknown[], execution_count: number | null = 1) => ({
  cell_type: 'code',
  execution_count,
  source,
  outputs,
});

describe('file search: reading notebooks', function () {
  this.timeout(60_000);
  const { read, errorOf } = useReader({ limits: { characters: 10_000, unpackedBytes: 1_000_000 } });

  it('reads cells in order, with what they printed, their results and errors, but no images', async () => {
    const image = 'A'.repeat(100_000);
    const { text } = await read(
      'study.ipynb',
      notebook([
        { cell_type: 'markdown', source: ['# Whales\n', `![](data:image/png;base64,${image})`] },
        code(
          ['import pandas as pd\n', 'df.head()'],
          [
            { output_type: 'stream', name: 'stdout', text: [' 10%\r 90%\r100%\n', 'done\n'] },
            {
              output_type: 'execute_result',
              data: { 'text/plain': ['   mass\n', '0  12.5'], 'text/html': '<table/>', 'image/png': image },
            },
          ],
        ),
        code(
          ['plt.show()'],
          [
            {
              output_type: 'display_data',
              data: { 'text/plain': '<Figure size 640x480>', 'image/png': image },
            },
            {
              output_type: 'display_data',
              data: {
                'text/plain': ['<IPython.core.display.HTML object>'],
                'text/html': ['<b>Blue</b> whale'],
              },
            },
          ],
          2,
        ),
        code(
          ['1/0'],
          [
            {
              output_type: 'error',
              ename: 'ZeroDivisionError',
              evalue: 'division by zero',
              traceback: ['\u001b[0;31mZeroDivisionError\u001b[0m: division by zero'],
            },
          ],
          null,
        ),
      ]),
    );
    assert.equal(
      text.trim(),
      [
        '# Whales\n![](data:)',
        'In [1]:\nimport pandas as pd\ndf.head()\nOut [1]:\n100%\ndone\n\n   mass\n0  12.5',
        'In [2]:\nplt.show()\nOut [2]:\nBlue whale',
        'In [ ]:\n1/0\nOut [ ]:\nZeroDivisionError: division by zero',
      ].join('\n\n'),
    );
  });

  it('reads notebooks from before 2014, and those with another name', async () => {
    const old = {
      nbformat: 3,
      worksheets: [
        {
          cells: [
            {
              cell_type: 'code',
              prompt_number: 4,
              input: 'f(2)',
              outputs: [{ output_type: 'pyout', text: ['9'] }],
            },
          ],
        },
      ],
    };
    assert.equal((await read('old.ipynb', JSON.stringify(old))).text, 'In [4]:\nf(2)\nOut [4]:\n9');
    assert.equal((await read('copy.json', notebook([code(['x'], [])]))).text, 'In [1]:\nx');
  });

  it('reads a damaged one as text, and gives a reason for one that is too large or has no text', async () => {
    assert.equal((await read('half.ipynb', '{"cells": [{"source": "wh')).text, '{"cells": [{"source": "wh');
    const long = await errorOf('long.ipynb', notebook([code(['word '.repeat(3_000)], [])]));
    assert.match(long.message, /has more text than can be searched/);
    const huge = await errorOf('huge.ipynb', notebook([{ cell_type: 'raw', source: 'x'.repeat(1_000_000) }]));
    assert.match(huge.message, /has more text than can be searched/);
    assert.match((await errorOf('blank.ipynb', notebook([]))).message, /has no text/);
  });
});
