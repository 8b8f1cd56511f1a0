// A small chart of some series over time: an area for the first, lines for the others, and what they are at a moment when it is pointed at.

import { h, svg } from './dom.js';
import { time } from './format.js';

const WIDTH = 600;
const HEIGHT = 140;

/**
 * @param title what it shows
 * @param headline the number that matters now
 * @param times the moments
 * @param series [{ name, values, tone }] with a value, or null, for each moment
 * @param format how values are written
 * @param most the top, where it is known
 * @param base of the numbers that are round
 */
export function chart({ title, headline, note, times, series, format, most, base = 10 }) {
  const top = most ?? niceTop(Math.max(0, ...series.flatMap(one => one.values.filter(value => value !== null))), base);
  const x = i => times.length > 1 ? i * WIDTH / (times.length - 1) : WIDTH;
  const y = value => HEIGHT - value / top * (HEIGHT - 4) - 1;
  const drawn = series.filter(one => one.values.some(value => value > 0)); // What never happened has no line.
  const lines = drawn.flatMap((one, number) => segments(one.values).flatMap(points => {
    const path = points.map(([i, value], n) => `${n === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join('');
    const dot = points.length === 1 ? `${path}h0.1` : path;
    return [
      number === 0 && points.length > 1 && svg('path', { class: `area ${one.tone}`, d: `${path}V${HEIGHT}H${x(points[0][0]).toFixed(1)}Z` }),
      svg('path', { class: `line ${points.length === 1 ? 'dot-line ' : ''}${one.tone}`, d: dot }),
    ];
  }));
  const cursor = h('div.cursor', { hidden: true });
  const tip = h('div.tip', { hidden: true, 'aria-hidden': 'true' });
  const live = h('span.visually-hidden', { 'aria-live': 'polite' });
  const plot = h('div.plot', {
    tabindex: 0, role: 'img', 'aria-label': `${title}: ${headline}. ${summary(series, format)} The arrow keys tell the values of each minute.`,
  },
    svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      [0.5, 1].map(share => svg('line', { class: 'grid', x1: 0, x2: WIDTH, y1: y(top * share), y2: y(top * share) })),
      svg('line', { class: 'base', x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 }),
      lines),
    h('span.top', { 'aria-hidden': 'true' }, format(top)), cursor, tip);

  let at = times.length - 1;
  const show = i => {
    at = Math.max(0, Math.min(times.length - 1, i));
    const words = [time(times[at]), ...series.map(one => `${one.name} ${one.values[at] === null ? '–' : format(one.values[at])}`)];
    const left = times.length > 1 ? 100 * at / (times.length - 1) : 100;
    cursor.style.left = `${left}%`;
    tip.style.left = `${left}%`;
    tip.dataset.side = left > 50 ? 'left' : 'right';
    tip.replaceChildren(...words.map((word, n) => h(n === 0 ? 'b' : 'span', null, word)));
    cursor.hidden = tip.hidden = false;
    return words.join(', ');
  };
  const hide = () => { cursor.hidden = tip.hidden = true; };
  plot.addEventListener('pointermove', event => {
    const box = plot.getBoundingClientRect();
    show(Math.round((event.clientX - box.left) / box.width * (times.length - 1)));
  });
  plot.addEventListener('pointerleave', hide);
  plot.addEventListener('blur', hide);
  plot.addEventListener('keydown', event => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) {
      event.preventDefault();
      live.textContent = show(tip.hidden ? times.length - 1 : at + step);
    }
  });

  return h('section.card.chart', null,
    h('header', null,
      h('div', null, h('h2', null, title), h('p.headline', null, headline, note && h('span.note', null, note))),
      series.length > 1 && h('ul.legend', { 'aria-hidden': 'true' }, series.map(one => h('li', null, h(`span.swatch.${one.tone}`), one.name)))),
    plot,
    h('p.axis', { 'aria-hidden': 'true' }, h('span', null, time(times[0])), h('span', null, time(times[Math.floor(times.length / 2)])), h('span', null, 'now')),
    live);
}

// Runs of moments that have values.
function segments(values) {
  const runs = [];
  values.forEach((value, i) => {
    if (value !== null) {
      if (i === 0 || values[i - 1] === null) {
        runs.push([]);
      }

      runs.at(-1).push([i, value]);
    }
  });
  return runs;
}

function niceTop(most, base) {
  if (most <= 0) {
    return 1;
  }

  const power = base ** Math.floor(Math.log(most) / Math.log(base));
  return (base === 10 ? [1, 2, 5, 10] : [1, base]).map(factor => factor * power).find(top => top >= most) ?? base * power;
}

function summary(series, format) {
  return series.map(one => {
    const values = one.values.filter(value => value !== null);
    return values.length > 0 ? `${one.name} between ${format(Math.min(...values))} and ${format(Math.max(...values))}.` : `${one.name}: nothing yet.`;
  }).join(' ');
}
