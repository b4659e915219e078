export { textTokens } from '../engine/text/tokens';
