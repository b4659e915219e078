export { textTokens } from '../engine/tokens';
