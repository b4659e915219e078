import assert from 'node:assert/strict';
import { type OutlookFolder, outlookMessage } from './outlookFile';
import { useReader } from './support';

const crlf = (text: string) => Buffer.from(text.replace(/\n/g, '\r\n'), 'latin1');
const base64 = (bytes: Uint8Array | string) =>
  Buffer.from(bytes as string)
    .toString('base64')
    .replace(/.{76}/g, '$&\n');
const gbk = (hex: string) => Buffer.from(hex, 'hex');

const pictureOfMail = `From: =?utf-8?Q?Zo=C3=AB_Dupr=C3=A9?= <zoe@example.com>
To: "Ruiz, Ana" <ana@example.com>, team@example.com
Cc: =?gbk?B?${gbk('d5c5ceb0').toString('base64')}?= <wei@example.com>
Subject: =?iso-8859-1?Q?R=E9sum=E9_of_the?=
 =?iso-8859-1?Q?_caf=E9?=
Date: Fri, 3 May 2024 10:15:00 +0200
Message-ID: <1@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

--b1
Content-Type: multipart/alternative; boundary="b2"

--b2
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

The price is 7=E2=82=AC, and a line that is very long is brok=
en softly.
--b2
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>The price is 7=E2=82=AC, and a line that is very long is broken softly.</p>
--b2--
--b1
Content-Type: application/pdf; name="=?utf-8?Q?Pr=C3=A9cis.pdf?="
Content-Disposition: attachment; filename*=utf-8''Pr%C3%A9cis.pdf
Content-Transfer-Encoding: base64

${base64('%PDF-1.4 not read')}
--b1--
`;

describe('file search: reading mail', function () {
  this.timeout(60_000);
  const { read, errorOf } = useReader({ limits: { characters: 10_000 } });

  it('reads encoded headers and texts, and names the attached files', async () => {
    for (const name of ['message.eml', 'download', 'message.txt']) {
      assert.equal(
        (await read(name, crlf(pictureOfMail))).text.trim(),
        [
          'Subject: Résumé of the café',
          'From: Zoë Dupré <zoe@example.com>',
          'To: Ruiz, Ana <ana@example.com>, team@example.com',
          'Cc: 张伟 <wei@example.com>',
          'Date: 2024-05-03 08:15:00 UTC',
          'Attachments: Précis.pdf',
          '',
          'The price is 7€, and a line that is very long is broken softly.',
        ].join('\n'),
      );
    }
  });

  it('reads texts in base64 and other charsets, and those in HTML alone', async () => {
    const part = (type: string, encoding: string, text: string) =>
      crlf(
        `Subject: x\nMIME-Version: 1.0\nContent-Type: ${type}\nContent-Transfer-Encoding: ${encoding}\n\n${text}`,
      );
    const chinese = base64(gbk('b6a9b5a5bac5'));
    const bodies = [
      [part('text/plain; charset=gb2312', 'base64', chinese), '订单号'],
      [part('text/plain; charset=koi8-r', 'quoted-printable', '=F0=D2=C9=D7=C5=D4'), 'Привет'],
      [part('text/plain; charset=iso-2022-jp', '7bit', '\x1b$B4A;z\x1b(B'), '漢字'],
      [
        part(
          'text/html',
          'quoted-printable',
          '<style>p{}</style><p>Dear <b>Ana</b>,<p>see <a href=3D"https://e.com/t">this</a>',
        ),
        'Dear Ana,\n\nsee this (https://e.com/t)',
      ],
    ] as const;
    for (const [file, expected] of bodies) {
      assert.equal((await read('m.eml', file)).text.trim(), `Subject: x\n\n${expected}`);
    }
  });

  it('reads the HTML of a message whose plain text only refers to it, and a message attached to it', async () => {
    const file = `Subject: News
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain

View in a browser.
--b
Content-Type: text/html

<h1>Whales</h1><p>${'Whales are mammals. '.repeat(10)}</p>
--b--
--a
Content-Type: message/rfc822

Subject: =?utf-8?Q?caf=C3=A9?=
From: ana@example.com
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

${base64('The inner café')}
--a--
`;
    const { text } = await read('news.eml', crlf(file));
    assert.match(text, /Whales\n\nWhales are mammals/);
    assert.match(text, /mammals\. *\n\nSubject: café\nFrom: ana@example\.com\n\nThe inner café/);
  });

  it('reads all messages of a mailbox, those of Apple Mail, and pages saved as one file', async () => {
    const one = (subject: string) =>
      `Message-ID: <${subject}@example.com>\nFrom: ana@example.com\nSubject: ${subject}\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=C3=A9 ${subject}\nFrom here on: more\n\n`;
    const box = ['first', 'second']
      .map(
        (subject) =>
          `From ana@example.com Fri May  3 10:15:00 2024\n${one(subject).replace(/^Content-Type: .*$/m, '$&; charset=utf-8')}`,
      )
      .join('');
    for (const name of ['all.mbox', 'Inbox']) {
      const { text } = await read(name, box);
      assert.deepEqual(text.match(/^Subject: .*|é .*|From here.*/gm), [
        ...['Subject: first', 'é first', 'From here on: more'],
        ...['Subject: second', 'é second', 'From here on: more'],
      ]);
    }
    const apple = one('apple');
    const list = '<?xml version="1.0"?><plist><dict/></plist>';
    const { text } = await read('1.emlx', `${apple.length}      \n${apple}${list}`);
    assert.match(text, /Subject: apple/);
    assert.doesNotMatch(text, /plist/);
    const page = `From: <Saved by Blink>\nSnapshot-Content-Location: https://example.com/\nSubject: A page\nMIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; boundary=x\n\n--x\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\nContent-Location: https://example.com/\n\n<p>caf=C3=A9 <img src=3D"cid:1">\n--x\nContent-Type: image/png\nContent-ID: <1>\nContent-Transfer-Encoding: base64\nContent-Location: https://example.com/a.png\n\niVBORw0KGgo=\n--x--\n`;
    const saved = (await read('page.mhtml', crlf(page))).text;
    assert.match(saved, /Subject: A page/);
    assert.doesNotMatch(saved, /iVBOR|Attachments/);
  });

  it('reads as text what only looks like mail', async () => {
    const note = 'From: me\nTo: you\nSubject: lunch\n\nCaf=C3=A9?';
    assert.equal((await read('note.txt', note)).text, note);
    const patch = `From ${'a'.repeat(40)} Mon Sep 17 00:00:00 2001\nFrom: Ana <a@example.com>\nDate: Fri, 3 May 2024 10:15:00 +0200\nSubject: [PATCH] Fix\nMIME-Version: 1.0\n\n---\n a.c | 2 +-\n`;
    assert.equal((await read('fix.patch', patch)).text, patch);
  });

  it('gives a reason for mail with too much text, or that nests too deeply', async () => {
    const long = `Subject: x\nMIME-Version: 1.0\nMessage-ID: <1>\n\n${'word '.repeat(3_000)}`;
    assert.match((await errorOf('long.eml', long)).message, /has more text than can be searched/);
    let deep = 'Subject: deep\nMIME-Version: 1.0\n';
    for (let i = 0; i < 300; i++) deep += `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`;
    assert.match((await errorOf('deep.eml', deep)).message, /“deep\.eml” cannot be read as a mail message/);
  });
});

describe('file search: reading Outlook messages', function () {
  this.timeout(60_000);
  const { read, errorOf } = useReader({ limits: { characters: 10_000 } });

  it('reads the headers, the text, the names of attached files, and an attached message', async () => {
    const inner: OutlookFolder = {
      properties: [
        { id: '0037', value: 'The inner one' },
        { id: '1000', value: 'Inner text' },
      ],
    };
    const message = outlookMessage({
      properties: [
        { id: '001A', value: 'IPM.Note' },
        { id: '0037', value: 'Prices of 订单' },
        { id: '0C1A', value: 'Ana Ruiz' },
        { id: '5D01', value: 'ana@example.com' },
        { id: '1000', value: 'The price is 7 €.\r\n' },
      ],
      folders: {
        '__recip_version1.0_#00000000': {
          properties: [
            { id: '3001', value: 'Wei' },
            { id: '39FE', value: 'wei@example.com' },
          ],
          numbers: { 0x0c150003: 1 },
        },
        '__attach_version1.0_#00000000': {
          properties: [
            { id: '3707', value: 'prices.xlsx' },
            { id: '37010102', value: Buffer.from('not read') },
          ],
        },
        '__attach_version1.0_#00000001': {
          properties: [{ id: '3001', value: 'The inner one' }],
          folders: { '__substg1.0_3701000D': inner },
        },
      },
    });
    for (const name of ['prices.msg', 'download']) {
      assert.equal(
        (await read(name, message)).text.trim(),
        [
          'Subject: Prices of 订单\nFrom: Ana Ruiz <ana@example.com>\nTo: Wei <wei@example.com>',
          'Attachments: prices.xlsx, The inner one\n\nThe price is 7 €.\n\nSubject: The inner one\n\nInner text',
        ].join('\n'),
      );
    }
  });

  it('reads texts in code pages, in HTML alone, and in compressed rich text alone', async () => {
    const japanese = outlookMessage({
      properties: [
        { id: '0037', value: Buffer.from('93fa967b8cea', 'hex') },
        { id: '1000', value: Buffer.from('967b95b6', 'hex') },
      ],
      // Its mail is in ISO-2022-JP.
      numbers: { 0x3fde0003: 50220 },
    });
    assert.equal((await read('a.msg', japanese)).text.trim(), 'Subject: 日本語\n\n本文');
    const html = outlookMessage({
      properties: [{ id: '10130102', value: Buffer.from('<meta charset=utf-8><p>caf\u00e9 <b>bold</b>\0') }],
    });
    assert.equal((await read('b.msg', html)).text.trim(), 'café bold');
    const rtf = Buffer.from(
      String.raw`{\rtf1\ansi\fromhtml1 {\*\htmltag <p>}caf\'e9 \b text\b0{\*\htmltag </p>}}`,
    );
    const header = Buffer.alloc(16);
    header.writeUInt32LE(rtf.length + 12, 0);
    header.writeUInt32LE(rtf.length, 4);
    header.write('MELA', 8, 'latin1');
    const rich = outlookMessage({ properties: [{ id: '10090102', value: Buffer.concat([header, rtf]) }] });
    assert.equal((await read('c.msg', rich)).text.trim(), 'café text');
  });

  it('gives a reason for a damaged one', async () => {
    const message = outlookMessage({ properties: [{ id: '1000', value: 'text' }] });
    assert.match((await errorOf('half.msg', message.subarray(0, 1_000))).message, /“half\.msg” is/);
    assert.match((await errorOf('text.msg', 'hello')).message, /its name says that it is an Outlook message/);
  });
});
