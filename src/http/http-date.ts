const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** The preferred form, that of asctime() and that of RFC 850. */
const FORMS = [
  /^[A-Z][a-z]{2}, (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/,
  /^[A-Z][a-z]{5,8}, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
];

/**
 * The moment that an HTTP-date names, in milliseconds since 1970, in each of the three forms of RFC 9110 section
 * 5.6.7; `undefined` for anything else. `nowMs` settles the century of the obsolete form with two digits.
 */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return moment(parts, nowMs);
  }
  return undefined;
}

/** A year that seems to lie more than 50 years ahead is the latest one in the past with the same two digits. */
function fullYear(twoDigits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

function moment(parts: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const { year: yearText = '', month: monthName = '', day: dayText, time = '' } = parts;
  const year = yearText.length === 2 ? fullYear(Number(yearText), nowMs) : Number(yearText);
  const month = MONTHS.indexOf(monthName);
  const day = Number(dayText);
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  // A leap second is 60. February 30 and the like would silently become another day.
  if (month < 0 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const midnight = new Date(Date.UTC(year, month, day));
  if (year < 100) midnight.setUTCFullYear(year, month, day);
  if (midnight.getUTCDate() !== day || midnight.getUTCMonth() !== month) return undefined;
  return midnight.getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
