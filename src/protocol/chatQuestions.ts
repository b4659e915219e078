/**
 * What the chat panel and its host ask each other. A question is declared here, has its handler on the side
 * that answers (`src/views/chat/chatQuestions.ts`, `webview/panel.ts`), and is asked by its name.
 */
import type { Message } from 'openai/resources/beta/threads/messages';
import { isFileInfo, isImageFile, isPiece } from './attachments';
import { isCitation, isFoundPassage } from './text/citations';
import { contextSources, isContextChoice, maxQueryLength } from './context';
import { isPathText, maxPaths } from './text/filePaths';
import {
  isBoolean,
  isIndex,
  isListOf,
  isNothing,
  isObjectOf,
  isOneOf,
  isString,
  isStringUpTo,
  type Guard,
} from './guards';
import { isObject } from './json';
import type { Questions } from './questions';

/** Objects of the API travel as they are: what they hold is checked where it is drawn. */
const isMessage: Guard<Message> = (value): value is Message =>
  isObject(value) && isString(value['id']) && Array.isArray(value['content']);

const isPathList: Guard<string[]> = (value): value is string[] =>
  isListOf(isPathText)(value) && value.length <= maxPaths;

/** Answered by the host. */
export const hostQuestions = {
  /** Sends a message, or queues it while a run is active; answered once it is stored, before its run ends. */
  send: { params: isObjectOf({ text: isString }), result: isNothing },
  /** Sends a text in place of a message of the user, in another branch; answered once it is stored. */
  resend: { params: isObjectOf({ messageId: isString, text: isString }), result: isNothing },
  /** The page before a message, oldest first. */
  olderMessages: {
    params: isObjectOf({ threadId: isString, before: isString }),
    result: isObjectOf({ messages: isListOf(isMessage), hasMore: isBoolean }),
  },
  /** An image to show. */
  image: { params: isObjectOf({ fileId: isString }), result: isImageFile },
  /** A file's name and size. */
  fileInfo: { params: isObjectOf({ fileId: isString }), result: isFileInfo },
  /** The citations of a message, in the order of its text. */
  citations: {
    params: isObjectOf({ threadId: isString, messageId: isString }),
    result: isListOf(isCitation),
  },
  /** The passages that a search has found, the best first. */
  passages: {
    params: isObjectOf({ threadId: isString, runId: isString, stepId: isString, callId: isString }),
    result: isListOf(isFoundPassage),
  },
  /** What `#` and a query suggest as context of the message that is being written. */
  contextChoices: {
    params: isObjectOf({ source: isOneOf(contextSources), query: isStringUpTo(maxQueryLength) }),
    result: isListOf(isContextChoice),
  },
  /** Adds a suggestion to the context of the message. */
  addContext: { params: isObjectOf({ id: isString }), result: isNothing },
  /** Those of the paths in an answer that are files of the workspace. */
  existingPaths: { params: isObjectOf({ paths: isPathList }), result: isListOf(isString) },
} satisfies Questions;

/** Answered by the panel. */
export const panelQuestions = {
  /** The bytes from `offset` on of a file that was dropped or pasted, at most `pieceBytes` of them. */
  piece: { params: isObjectOf({ uploadId: isIndex, offset: isIndex }), result: isPiece },
} satisfies Questions;

export type HostQuestions = typeof hostQuestions;
export type PanelQuestions = typeof panelQuestions;
