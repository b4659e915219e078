// Changes to pdf.js as it is bundled.
const { readFileSync } = require('node:fs');

/** Each text occurs once in pdf.worker.mjs, so that a version without it fails the build. */
const replacements = [
  // Text stays in the order of the page. The library orders right-to-left text piece by piece, often glyph
  // by glyph, and not reversibly; the reader orders whole lines.
  ['bidi(text, -1, textChunk.vertical)', '{ str: text, dir: "ltr" }'],
  // In that order a glyph for several characters, such as lam-alef, is read from its end.
  [
    'textChunk.str.push(glyphUnicode);',
    'textChunk.str.push(/[\\u0590-\\u08ff]/.test(glyphUnicode) ? [...glyphUnicode].reverse().join("") : glyphUnicode);',
  ],
  // Marked content says what its glyphs stand for, where they do not say it themselves.
  [
    'id: Number.isInteger(mcid) ?',
    'actualText: args[1] instanceof Dict && typeof args[1].get("ActualText") === "string" ? stringToPDFString(args[1].get("ActualText")) : "", id: Number.isInteger(mcid) ?',
  ],
  // A soft hyphen that has a width is a hyphen that is seen.
  [
    'if (category.isInvisibleFormatMark) {',
    'if (category.isInvisibleFormatMark && !(glyph.unicode === "\\xad" && glyph.width > 0)) {',
  ],
];

/** @type {import('esbuild').Plugin} */
const pdfjsChanges = {
  name: 'pdfjs-changes',
  setup(build) {
    build.onLoad({ filter: /pdf\.worker\.mjs$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');
      for (const [text, replacement] of replacements) {
        const parts = contents.split(text);
        if (parts.length !== 2)
          return { errors: [{ text: `“${text}” is not in this version of pdf.js once.` }] };
        contents = parts.join(replacement);
      }
      return { contents, loader: 'js' };
    });
  },
};

module.exports = { pdfjsChanges };
