import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { root } from './paths.mjs';

/**
 * Writes the declarations of these files of src/, and of those that they refer to, into a folder. Fails for a
 * declaration that needs more than its own file, as a type that is not written down does.
 */
export function writeDeclarations(entries, outdir) {
  const waiting = entries.map((entry) => join(root, entry));
  const seen = new Set(waiting);
  for (const file of waiting) {
    const { text, references } = declarationOf(file);
    const target = join(outdir, relative(join(root, 'src'), file)).replace(/\.ts$/, '.d.ts');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    for (const reference of references) {
      if (!reference.startsWith('.')) throw new Error(`${file}: its types need the package ${reference}.`);
      const next = `${join(dirname(file), reference)}.ts`;
      if (!seen.has(next)) waiting.push(next);
      seen.add(next);
    }
  }
}

function declarationOf(fileName) {
  const compilerOptions = {
    isolatedDeclarations: true,
    declaration: true,
    stripInternal: true,
    strict: true,
  };
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(readFileSync(fileName, 'utf8'), {
    fileName,
    compilerOptions,
  });
  if (diagnostics.length > 0) {
    const host = {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => root,
      getNewLine: () => '\n',
    };
    throw new Error(ts.formatDiagnostics(diagnostics, host));
  }
  // Imports that no declaration uses are kept, but for those of types.
  const { importedFiles } = ts.preProcessFile(outputText);
  return { text: outputText, references: importedFiles.map((file) => file.fileName) };
}
