/** A program with nothing else to do than to create a thread: `node lockedProgram.js DATA_FOLDER`. */
import { createEngine } from '../../../src/engine/engine';

async function main(dataDir: string): Promise<void> {
  const engine = createEngine({ dataDir, models: () => [] });
  console.log('ready');
  const response = await engine.fetch('http://engine/v1/threads', { method: 'POST' });
  console.log(response.status);
  await engine.close();
  console.log('closed');
}

void main(process.argv[2] ?? '');
