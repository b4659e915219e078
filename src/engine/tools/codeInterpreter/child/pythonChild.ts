/**
 * The child process: a Node that holds one realm for Python and does nothing but carry messages
 * between it and the host. It is written without waiting: no event loop runs here, so that nothing
 * in the realm runs either but while a message is handled.
 */
import { Buffer } from 'node:buffer';
import * as vm from 'node:vm';
import type { StartMessage } from '../host/childMessages';
import { sentBy } from '../host/frames';
import type { Bridge } from './bridge';
import { createBridge } from './outerBridge';
import { findEscape, hideNode } from './outerWall';
import { exit, receive, send } from './channel';

const first = receive();
const { hardLimitMs } = JSON.parse(first.header) as StartMessage;
const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, {
  name: 'python',
  codeGeneration: { strings: false, wasm: true },
  microtaskMode: 'afterEvaluate',
});
// A constant of a script is no property of the global object: Python's code cannot find it.
const realm = `const enter = (() => { ${first.body.toString()}; return sandbox.enter; })(); enter;`;
const enter = new vm.Script(realm, { filename: 'python' }).runInContext(context) as (bridge: Bridge) => void;
const handleMessage = new vm.Script('enter();', { filename: 'python' });
const bridge = createBridge();
hideNode();
const escape = findEscape(context);
if (escape) {
  send(sentBy.child, Buffer.from(JSON.stringify({ type: 'failed', reason: escape })));
  exit();
}
enter(bridge);
for (;;) {
  bridge.expect(receive());
  try {
    // The host ends a run that takes too long. This ends it where the host itself has gone.
    handleMessage.runInContext(context, { timeout: hardLimitMs });
  } catch {
    // Not even looked at: what is thrown there may be made to be looked at.
    exit();
  }
  send(sentBy.child, Buffer.from('{"type":"idle"}'));
}
