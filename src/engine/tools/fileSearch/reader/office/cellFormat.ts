/** How a cell shows a number that stands for days. */
export interface DayFormat {
  kind: 'date' | 'time' | 'elapsed';
  /** The unit that an elapsed time is counted in. */
  unit?: 'h' | 'm' | 's';
  seconds: boolean;
}

const dayMs = 86_400_000;
/** Excel's day 0. Excel treats 1900 as a leap year, so this is exact from March 1900 on. */
export const dayZero = Date.UTC(1899, 11, 30);
export const dayZero1904 = Date.UTC(1904, 0, 1);
/** Numbers shown as a time from this one on are dates; smaller ones may be durations. */
const minDate = 366;

const date: DayFormat = { kind: 'date', seconds: true };
const minutes: DayFormat = { kind: 'time', seconds: false };
const seconds: DayFormat = { kind: 'time', seconds: true };

/** The formats without a code, by their ids; 27–36 and 50–58 are those of Chinese, Japanese and Korean. */
export const builtInFormats: ReadonlyMap<number, DayFormat> = new Map([
  ...[14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map(
    (id) => [id, date] as const,
  ),
  ...[18, 20, 32, 34, 55].map((id) => [id, minutes] as const),
  ...[19, 21, 33, 35, 45, 47, 56].map((id) => [id, seconds] as const),
  [46, { kind: 'elapsed', unit: 'h', seconds: true }],
]);

/** The format of a code such as `yyyy-mm-dd`, `h:mm` or `[h]:mm`; undefined if it shows no date or time. */
export function dayFormat(code: string): DayFormat | undefined {
  const plain = code.replace(/"[^"]*"|\\./g, '');
  const unit = /\[(h|m|s)+\]/i.exec(plain)?.[1]?.toLowerCase() as DayFormat['unit'];
  const letters = plain.replace(/\[[^\]]*\]/g, '').toLowerCase();
  const showsSeconds = letters.includes('s');
  if (unit) return { kind: 'elapsed', unit, seconds: unit === 's' || showsSeconds };
  if (/[yd]/.test(letters)) return date;
  if (/[hs]/.test(letters)) return showsSeconds ? seconds : minutes;
  return letters.includes('m') ? date : undefined;
}

/** A number of days in ISO 8601, or as hours and minutes. */
export function showDays(value: string, format: DayFormat, zero: number): string {
  const days = Number(value);
  const time = new Date(zero + Math.round(days * dayMs));
  if (value === '' || Number.isNaN(time.getTime())) return value;
  if (format.kind === 'elapsed') return elapsed(days, format);
  const [day, clock] = time.toISOString().slice(0, 19).split('T') as [string, string];
  if (format.kind === 'time' && days < minDate) {
    return format.seconds || !clock.endsWith(':00') ? clock : clock.slice(0, 5);
  }
  if (Number.isInteger(days)) return day;
  return days < 1 ? clock : `${day} ${clock}`;
}

function elapsed(days: number, format: DayFormat): string {
  const sign = days < 0 ? '-' : '';
  const total = Math.round(Math.abs(days) * 86_400);
  const [hours, minutesOfHour, rest] = [Math.floor(total / 3_600), Math.floor(total / 60) % 60, total % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  const end = format.seconds || rest > 0 ? `:${two(rest)}` : '';
  if (format.unit === 's') return `${sign}${total}`;
  if (format.unit === 'm') return `${sign}${Math.floor(total / 60)}${end}`;
  return `${sign}${hours}:${two(minutesOfHour)}${end}`;
}
