/**
 * The program on the child's command line. It reads the actual program from standard input, so the
 * child needs no read permission, and no path of the host appears in its stack traces.
 */
export const bootstrap = `'use strict';
const { readSync } = require('node:fs');
const read = (length) => {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const count = readSync(0, bytes, at, length - at);
    if (count === 0) process.exit(0);
    at += count;
  }
  return bytes;
};
const program = read(read(4).readUInt32LE()).toString();
require('node:vm').compileFunction(program, ['require'], { filename: 'python' })(require);
`;
