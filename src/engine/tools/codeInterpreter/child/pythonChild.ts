/**
 * The child process: a Node process with one realm for Python, which passes messages between that
 * realm and the host. It is synchronous and never runs an event loop, so code in the realm runs only
 * while a message is handled.
 */
import { Buffer } from 'node:buffer';
import { memoryUsage } from 'node:process';
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
// A top-level `const` is not a property of the global object, so Python's code cannot reach it.
const realm = `const enter = (() => { ${first.body.toString()}; return sandbox.enter; })(); enter;`;
const enter = new vm.Script(realm, { filename: 'python' }).runInContext(context) as (bridge: Bridge) => void;
const handleMessage = new vm.Script('enter();', { filename: 'python' });
const bridge = createBridge();
hideNode();
const escape = findEscape(context, realm);
if (escape) {
  send(sentBy.child, Buffer.from(JSON.stringify({ type: 'failed', reason: escape })));
  exit();
}
enter(bridge);
for (;;) {
  bridge.expect(receive());
  try {
    // The host stops runs that take too long; this timeout applies if the host has died.
    handleMessage.runInContext(context, { timeout: hardLimitMs });
  } catch {
    // Do not touch the thrown value; sandboxed code may have booby-trapped it.
    exit();
  }
  send(sentBy.child, Buffer.from(JSON.stringify({ type: 'idle', residentBytes: memoryUsage.rss() })));
}
