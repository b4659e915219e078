/** No message between host and child is larger, in either direction; contents travel in pieces. */
export const maxHeaderBytes = 1024 * 1024;
export const maxPieceBytes = 1024 * 1024;
