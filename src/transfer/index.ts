/** Export and import, in a bundle of its own that is loaded when it is needed. Imports nothing of VS Code. */
export { exportObjects, type ExportOptions, type ExportReport, type ExportScope } from './export/exporter';
export { FolderTarget, ZipTarget, type ExportTarget } from './export/targets';
export { ImportUnsupportedError, runImport, type Counts, type ImportReport } from './importRun';
export type { ImportReader, Kind, Problem, ProblemReason } from './objects';
export { openArchive } from './read/archives';
export { readArchive } from './read/reader';
export { readService, type PullOptions } from './service/pull';
