// How numbers and times are shown.

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const moment = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });

export const number = value => whole.format(value);
export const compact = value => short.format(value);
export const time = value => clock.format(new Date(value));
export const exact = value => moment.format(new Date(value));
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
export const percent = (part, all) => all > 0 ? `${(Math.floor(1000 * part / all) / 10).toFixed(part === all ? 0 : 1)}%` : '–';

export function bytes(value) {
  if (value === null || value === undefined) {
    return '–';
  }

  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }

  return `${size >= 100 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

export function duration(seconds) {
  if (seconds < 1) {
    return seconds === 0 ? '0 s' : `${Math.round(seconds * 1000)} ms`;
  }

  for (const [unit, length] of [['d', 86400], ['h', 3600], ['min', 60]]) {
    if (seconds >= length) {
      return `${Math.floor(seconds / length)} ${unit}`;
    }
  }

  return `${Math.round(seconds)} s`;
}

export function ago(value) {
  const seconds = (Date.now() - new Date(value).getTime()) / 1000;
  return seconds < 2 ? 'now' : `${duration(seconds)} ago`;
}

export const words = name => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll('_', ' ').replaceAll('-', ' ');
