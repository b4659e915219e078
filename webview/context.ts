/** What every component may need: the panel's acts, its words, and how to write numbers and dates. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { FileInfo, ImageFile } from '../src/protocol/attachments';
import type { Citation } from '../src/protocol/citations';
import type { ChatConfig, ChatStrings } from '../src/protocol/strings';
import type { Panel } from './panel';
import type { SearchResults } from './state';

export interface Words {
  strings: ChatStrings;
  /** Grouped as the language does: 1,234. */
  number: (value: number) => string;
  /** The time of day, and the date where it is not today. Seconds since the epoch. */
  shortTime: (seconds: number) => string;
  /** Date and time in full. */
  fullTime: (seconds: number) => string;
}

export interface PanelContext extends Words {
  panel: Panel;
}

export const Context = createContext<PanelContext | undefined>(undefined);

/** The panel's surroundings; only inside the panel. */
export function usePanel(): PanelContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error('This component belongs inside the panel.');
  return context;
}

/** The images that have come, by the ids of their files. */
export const Images = createContext<ReadonlyMap<string, ImageFile>>(new Map());

/** The files of messages, by their ids, as far as it has come. */
export const FileInfos = createContext<ReadonlyMap<string, FileInfo>>(new Map());

/** What the messages cite, by their ids, as far as it has come. */
export const Citations = createContext<ReadonlyMap<string, readonly Citation[]>>(new Map());

/** What searches have found, as far as it has come. */
export const Found = createContext<ReadonlyMap<string, SearchResults>>(new Map());

/** Words and formats of the language the host asked for. */
export function createWords({ strings, language }: ChatConfig): Words {
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

/** Hours, minutes and seconds as a clock shows them: `0:07`, `1:02:03`. */
export function clock(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const seconds = String(total % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}
