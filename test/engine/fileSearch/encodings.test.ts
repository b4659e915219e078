import assert from 'node:assert/strict';
import { shortFiles } from './shortFiles';
import { useReader } from './support';

/** Samples in encodings that Node can decode but not encode. */
const inGb18030 = 'cafdbeddbfe2c1acbdd3caa7b0dca3acc7ebbcecb2e9cdf8c2e7c9e8d6c3a1a3';
const likeUtf8 = 'c1aacda8cdf8c2e7c1acbdd3caa7b0dca3acc7ebbcecb2e9c9e8d6c3a1a3';
const inBig5 = 'b8eaaec6ae77b373bd75a5a2b1d1a141bdd0c0cbac64baf4b8f4b35da977a143';
const inShiftJis =
  '8366815b835e8378815b835882cc90da91b182c98eb8947382b582dc82b582bd814290dd92e882f08a6d944682b582c482ad82be82b382a28142';
const inEucJp =
  'a5c7a1bca5bfa5d9a1bca5b9a4cec0dcc2b3a4cbbcbac7d4a4b7a4dea4b7a4bfa1a3c0dfc4eaa4f2b3cec7a7a4b7a4c6a4afa4c0a4b5a4a4a1a3';
const inEucKr =
  'b5a5c0ccc5cdbaa3c0ccbdba20bfacb0e1bfa120bdc7c6d0c7dfbdc0b4cfb4d92e20b3d7c6aebff6c5a920bcb3c1a4c0bb20c8aec0cec7cfbdcabdc3bfc02e';

describe('file search: encodings', function () {
  this.timeout(60_000);
  const { read } = useReader();
  const chinese = '数据库连接失败，请检查网络设置。';
  const japanese = 'データベースの接続に失敗しました。設定を確認してください。';
  const wide = (text: string, mark = '') => Buffer.from(mark + text, 'utf16le');
  const mark = '\ufeff';

  const samples: [string, Uint8Array, string][] = [
    ['UTF-8', Buffer.from(chinese), chinese],
    ['UTF-8 with a byte order mark', Buffer.from(mark + chinese), chinese],
    ['UTF-16 with a byte order mark', wide(chinese, mark), chinese],
    ['big-endian UTF-16 with a byte order mark', wide(chinese, mark).swap16(), chinese],
    ['UTF-16 without a byte order mark', wide(`${chinese}\nsecond line`), `${chinese}\nsecond line`],
    [
      'big-endian UTF-16 without a byte order mark',
      wide(`${chinese}\nsecond`).swap16(),
      `${chinese}\nsecond`,
    ],
    ['GB18030', Buffer.from(inGb18030, 'hex'), chinese],
    ['Shift-JIS', Buffer.from(inShiftJis, 'hex'), japanese],
    ['EUC-JP', Buffer.from(inEucJp, 'hex'), japanese],
    ['Big5', Buffer.from(inBig5, 'hex'), '資料庫連線失敗，請檢查網路設定。'],
    [
      'EUC-KR',
      Buffer.from(inEucKr, 'hex'),
      '데이터베이스 연결에 실패했습니다. 네트워크 설정을 확인하십시오.',
    ],
    ['Windows-1252', Buffer.from('Das Café öffnet für Gäste.', 'latin1'), 'Das Café öffnet für Gäste.'],
  ];
  const log = '2026-03-01 12:00:07 WARN disk is nearly full\n'.repeat(30);
  const numbers = '一二三四五六七八九十\n一个，一天，一百。\n';
  const spoilt: [string, Uint8Array, string][] = [
    ['ASCII with a zero in it', Buffer.from(`ab\nc\0${log}`), `ab\nc\ufffd${log}`],
    ['UTF-8 with a zero in it', Buffer.from(`${chinese}ab\0c${log}`), `${chinese}ab\ufffdc${log}`],
    ['a Windows-1252 text with a zero in it', Buffer.from(`Gäste\0 ${log}`, 'latin1'), `Gäste\ufffd ${log}`],
    [
      'UTF-8 that was cut in the middle of a character',
      Buffer.from(`${log}Größe: 7 µm, 数据库`).subarray(0, -1),
      `${log}Größe: 7 µm, 数据\ufffd`,
    ],
    [
      'UTF-8 with a byte that does not belong there',
      Buffer.concat([Buffer.from(chinese), Buffer.of(0xff), Buffer.from(log)]),
      `${chinese}\ufffd${log}`,
    ],
    ['UTF-16 with characters whose second byte is zero', wide(numbers), numbers],
    ['big-endian UTF-16 with characters whose second byte is zero', wide(numbers).swap16(), numbers],
    ['UTF-16 of one line, without ASCII', wide('一二三四五六七八九十'), '一二三四五六七八九十'],
    [
      'UTF-16 with a byte order mark that was cut in the middle of a character',
      wide(`${log}!`, mark).subarray(0, -1),
      `${log}\ufffd`,
    ],
    ['GB18030 that begins like UTF-8', Buffer.from(likeUtf8, 'hex'), '联通网络连接失败，请检查设置。'],
  ];
  for (const [name, bytes, expected] of [...samples, ...spoilt]) {
    it(`reads ${name}`, async () => {
      assert.equal((await read('text.txt', bytes)).text, expected);
    });
  }

  for (const [encoding, files] of Object.entries(shortFiles)) {
    it(`reads files of a few words in ${encoding}`, async () => {
      for (const [expected, base64] of files) {
        assert.equal((await read('short.csv', Buffer.from(base64, 'base64'))).text, expected);
      }
    });

    it(`reads files in ${encoding} whose first lines are ASCII, and long ones`, async () => {
      if (encoding.startsWith('UTF-16')) return;
      const text = files.map(([content]) => content).join('\n');
      const bytes = files
        .map(([, base64]) => `${Buffer.from(base64, 'base64').toString('latin1')}`)
        .join('\n');
      for (const [before, count] of [
        [log.repeat(60), 1],
        ['', 100],
      ] as const) {
        const content = Buffer.from(before + `${bytes}\n`.repeat(count), 'latin1');
        assert.equal((await read('long.csv', content)).text, before + `${text}\n`.repeat(count));
      }
    });
  }

  it('reads ISO-2022-JP', async () => {
    const bytes = Buffer.from(
      '1b24424c3e41301b28422c1b2442472f4e701b28420a1b24423a34462342404f3a1b28422c3330',
      'hex',
    );
    assert.equal((await read('mail.txt', bytes)).text, '名前,年齢\n佐藤太郎,30');
  });

  it('reads a long file in GBK with a damaged character', async () => {
    const lines = Buffer.from(`${inGb18030}0a`.repeat(100), 'hex');
    const bytes = Buffer.concat([lines, Buffer.of(0xff, 0x0a)]);
    assert.equal((await read('damaged.txt', bytes)).text, `${`${chinese}\n`.repeat(100)}\ufffd\n`);
  });

  it('reads one long line, wherever a part of it ends', async () => {
    for (const start of ['', 'a', 'ab']) {
      const bytes = Buffer.concat([Buffer.from(start), Buffer.from(inGb18030.repeat(100), 'hex')]);
      assert.equal((await read('line.txt', bytes)).text, start + chinese.repeat(100));
      const inJapanese = Buffer.concat([Buffer.from(start), Buffer.from(inShiftJis.repeat(100), 'hex')]);
      assert.equal((await read('line.txt', inJapanese)).text, start + japanese.repeat(100));
    }
  });

  it('uses the encoding that is set, and rejects an unknown one', async () => {
    const inTwoCharacters = Buffer.from('6e616d650af8e7ec', 'hex');
    assert.equal((await read('name.csv', inTwoCharacters, 'windows-1255')).text, 'name\nרחל');
    assert.equal((await read('box.txt', Buffer.of(0xc9, 0xbb), 'CP437')).text, '╔╗');
    await assert.rejects(read('name.csv', inTwoCharacters, 'latin-99'), /“latin-99” is not an encoding/);
  });

  it('reads the end of a long line', async () => {
    const bytes = Buffer.concat([Buffer.alloc(100_000, 'a '), Buffer.from(inGb18030, 'hex')]);
    assert.equal((await read('line.txt', bytes)).text, 'a '.repeat(50_000) + chinese);
  });

  it('uses the encoding that an HTML page declares', async () => {
    const page = Buffer.concat([
      Buffer.from('<html><head><meta charset="gbk"></head><body>'),
      Buffer.from(inGb18030, 'hex'),
    ]);
    assert.equal((await read('page.html', page)).text.trim(), chinese);
  });
});
