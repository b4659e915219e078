export { lazyPromise } from '../engine/process/lazyPromise';
