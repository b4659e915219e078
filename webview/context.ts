/** Preact contexts of the panel: its actions, its translated strings, number and date formats, loaded data. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { FileInfo, ImageFile } from '../src/protocol/attachments';
import type { Citation } from '../src/protocol/text/citations';
import type { ChatConfig, ChatStrings } from '../src/protocol/strings';
import type { Panel } from './panel';
import type { SearchResults } from './state';

export interface Localization {
  strings: ChatStrings;
  /** With the language's digit grouping: 1,234. */
  number: (value: number) => string;
  /** The time of day, with the date unless it is today. Takes seconds since the epoch. */
  shortTime: (seconds: number) => string;
  /** Full date and time. Takes seconds since the epoch. */
  fullTime: (seconds: number) => string;
}

export interface PanelContext extends Localization {
  panel: Panel;
}

export const Context = createContext<PanelContext | undefined>(undefined);

/** The context of the panel. Throws outside of it. */
export function usePanel(): PanelContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error('usePanel() needs a Context.Provider above it.');
  return context;
}

/** The images received so far, by file id. */
export const Images = createContext<ReadonlyMap<string, ImageFile>>(new Map());

/** Names and sizes of attached files received so far, by file id. */
export const FileInfos = createContext<ReadonlyMap<string, FileInfo>>(new Map());

/** The paths in answers that are files of the workspace, by message id; without those that are not known yet. */
export const KnownPaths = createContext<ReadonlyMap<string, ReadonlySet<string>>>(new Map());

/** The citations received so far, by message id. */
export const Citations = createContext<ReadonlyMap<string, readonly Citation[]>>(new Map());

/** The search results received so far, by `searchKey`. */
export const FoundPassages = createContext<ReadonlyMap<string, SearchResults>>(new Map());

/** Whether the find bar is open; folded cards then hold their content, hidden. */
export const Finding = createContext(false);

/** Strings and formats for the language that the host has chosen. */
export function createLocalization({ strings, language }: ChatConfig): Localization {
  const numbers = new Intl.NumberFormat(language);
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
  const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short' });
  const full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'medium' });
  return {
    strings,
    number: (value) => numbers.format(value),
    shortTime: (seconds) => {
      const date = new Date(seconds * 1000);
      const today = date.toDateString() === new Date().toDateString();
      return (today ? time : dateTime).format(date);
    },
    fullTime: (seconds) => full.format(new Date(seconds * 1000)),
  };
}

/** Fills `{0}`, `{1}`, … in a string. */
export function fill(template: string, ...values: string[]): string {
  return template.replace(/\{(\d+)\}/g, (placeholder, index: string) => values[Number(index)] ?? placeholder);
}

/** Formats a duration as `0:07` or `1:02:03`. */
export function formatDuration(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const seconds = String(total % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}
