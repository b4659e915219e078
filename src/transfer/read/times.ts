const names = [
  'created_at',
  'createdAt',
  'create_time',
  'created',
  'timestamp',
  'time',
  'date',
  'createdOn',
  'created_on',
];

/** Seconds from here on, the year 5138, are milliseconds, microseconds or nanoseconds. */
const maxSeconds = 1e11;

/** When an object was created, in seconds: it may say so in seconds, in fractions of these or as a date. */
export function createdAt(object: Readonly<Record<string, unknown>>): number | undefined {
  for (const name of names) {
    const seconds = secondsOf(object[name]);
    if (seconds !== undefined) return seconds;
  }
  return undefined;
}

export function secondsOf(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const text = value.trim();
    if (/^\d+(\.\d+)?$/.test(text)) return secondsOf(Number(text));
    // Other texts are dates to `Date.parse`, too, such as “message 1”.
    if (!/^\d{4}-\d{2}-\d{2}|^[A-Za-z]{3},? \d/.test(text)) return undefined;
    const time = Date.parse(text);
    return Number.isFinite(time) && time >= 0 ? Math.floor(time / 1000) : undefined;
  }
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return undefined;
  let seconds = value;
  while (seconds > maxSeconds) seconds /= 1000;
  return Math.floor(seconds);
}
