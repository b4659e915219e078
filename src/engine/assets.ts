import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ToolSettings } from './engine';
import type { CodeInterpreterSettings } from './tools/codeInterpreter/codeInterpreterTool';
import { distributionUrl } from './tools/codeInterpreter/host/packageSource';

/**
 * The engine's own tools over the built files of a folder. Pyodide's files are beside them, or in the installed
 * package.
 */
export function builtTools(
  folder: string,
  dataDir: string,
  interpreter: Pick<CodeInterpreterSettings, 'memoryMb'> = {},
): ToolSettings {
  const python = join(folder, 'python');
  return {
    codeInterpreter: {
      ...interpreter,
      assets: python,
      pyodide: existsSync(join(python, 'pyodide-lock.json')) ? python : installedPyodide(folder),
      packages: { baseUrl: distributionUrl, cacheFolder: join(dataDir, 'python-packages') },
    },
    fileSearch: {
      script: join(folder, 'reader', 'reader.mjs'),
      worker: join(folder, 'searchWorker.js'),
    },
  };
}

/** The worker thread for the database, among the built files of a folder. */
export function builtDatabaseWorker(folder: string): string {
  return join(folder, 'databaseWorker.js');
}

function installedPyodide(folder: string): string {
  return dirname(createRequire(join(folder, 'index.js')).resolve('pyodide/package.json'));
}
