import * as vscode from 'vscode';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago a time in seconds since the epoch was, in few characters: `5m`, `2h`, `3d`, or a date. */
export function shortAge(seconds: number, now = Date.now() / 1000): string {
  const age = now - seconds;
  if (age < minute) return vscode.l10n.t('now');
  const { language } = vscode.env;
  const inUnits = (unit: string, length: number): string =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'narrow' }).format(
      Math.floor(age / length),
    );
  if (age < hour) return inUnits('minute', minute);
  if (age < day) return inUnits('hour', hour);
  if (age < 7 * day) return inUnits('day', day);
  const date = new Date(seconds * 1000);
  const isThisYear = date.getFullYear() === new Date(now * 1000).getFullYear();
  return date.toLocaleDateString(language, {
    month: 'short',
    day: 'numeric',
    ...(!isThisYear && { year: 'numeric' }),
  });
}

/** The groups of threads by their last activity. */
export type AgeGroup = 'today' | 'yesterday' | 'week' | 'earlier';

/** The group of a time in seconds since the epoch; days are those of the calendar, and weeks begin on Monday. */
export function ageGroup(seconds: number, now = new Date()): AgeGroup {
  const startOfDay = (daysBefore: number): number =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysBefore).getTime() / 1000;
  if (seconds >= startOfDay(0)) return 'today';
  if (seconds >= startOfDay(1)) return 'yesterday';
  const daysSinceMonday = (now.getDay() + 6) % 7;
  return seconds >= startOfDay(daysSinceMonday) ? 'week' : 'earlier';
}
