import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logsOf, slow, useInterpreter } from './support';
import { attempts, foreign, helpers, type Prize } from './wallAttempts';

const secret = 'secret-7f3a91c4';
const environmentName = 'CODE_INTERPRETER_TEST_SECRET';

for (const permissions of [true, false]) {
  describe(`code interpreter: the sandbox, ${permissions ? 'with' : 'without'} Node’s permission model`, function () {
    this.timeout(slow);
    const python = useInterpreter({ permissions });
    const prize = usePrize();

    for (const [what, attempt] of Object.entries(attempts)) {
      it(`Python cannot ${what}`, async () => {
        const logs = logsOf(await python.run(helpers + attempt(prize)));
        assert.doesNotMatch(logs, new RegExp(secret), 'the secret came out');
        assert.doesNotMatch(logs, new RegExp(foreign), 'an object of another realm is within reach');
        assert.doesNotMatch(logs, /Traceback/, `the attempt itself went wrong: ${logs}`);
        assert.match(logs, /^(blocked|got) |The Python interpreter crashed/m, `nothing was tried: ${logs}`);
        prize.assertUntouched();
      });
    }
  });
}

/** A secret in a file, in a file's name and in the environment, and a server that counts its connections. */
function usePrize(): Prize & { assertUntouched(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'code-interpreter-prize-'));
  const prize = {
    secretFolder: join(folder, 'inner'),
    secretFile: join(folder, 'inner', 'file.txt'),
    markFile: join(folder, 'mark.txt'),
    port: 0,
    assertUntouched: () => {
      assert.equal(connections, 0, 'a connection was made');
      assert.equal(existsSync(prize.markFile), false, 'a file was written');
      assert.deepEqual(readdirSync(prize.secretFolder).sort(), ['file.txt', `${secret}.txt`].sort());
    },
  };
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  before(async () => {
    mkdirSync(prize.secretFolder);
    writeFileSync(prize.secretFile, secret);
    writeFileSync(join(prize.secretFolder, `${secret}.txt`), '');
    process.env[environmentName] = secret;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    prize.port = (server.address() as AddressInfo).port;
  });
  after(() => {
    delete process.env[environmentName];
    rmSync(folder, { recursive: true });
    server.close();
  });
  return prize;
}
