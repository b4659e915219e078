/** No message between host and child is larger, in either direction; contents travel in pieces. */
export const largestHeader = 1024 * 1024;
export const largestPiece = 1024 * 1024;
