/** What a window uses of the engine, as one file of the build. */
export { builtDatabaseWorker, builtTools } from '../../engine/assets';
export { createEngine } from '../../engine/engine';
export { checkedPrices } from '../../engine/models/prices';
