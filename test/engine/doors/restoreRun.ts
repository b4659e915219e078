/** Replaces the data of a folder, and is killed before it moves the n-th file or folder. */
import fs from 'node:fs';
import { replaceData } from '../../../src/engine/store/maintenance/restore';

const [, , dataDir = '', left = '0'] = process.argv;
let moves = Number(left);
const rename = fs.renameSync.bind(fs);
fs.renameSync = (from, to) => {
  if (moves-- === 0) process.kill(process.pid, 'SIGKILL');
  rename(from, to);
};
replaceData(dataDir);
