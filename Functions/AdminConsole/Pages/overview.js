import { get } from './api.js';
import { chart } from './chart.js';
import { fill, h } from './dom.js';
import { ago, bytes, compact, duration, number, percent, plural, words } from './format.js';
import { badge, choice, empty, Panel, table, card } from './ui.js';

const RANGES = [[15, '15 min'], [60, '1 h'], [180, '3 h']];
const TONES = { healthy: 'good', degraded: 'warn', unhealthy: 'bad' };
let minutes = 15;

export function overview() {
  const range = h('div');
  const health = new Panel(signal => get('health', signal), renderHealth);
  const figures = new Panel(signal => get(`console/overview?minutes=${minutes}`, signal), renderFigures);
  const drawRange = () => fill(range, choice('Time range', RANGES, minutes, value => {
    minutes = value;
    drawRange();
    figures.redraw();
  }));
  drawRange();
  return {
    tools: range,
    element: h('div.stack', null, health.element, figures.element),
    close: () => { health.stop(); figures.stop(); },
  };
}

function renderHealth(answer) {
  return h('section.health', { 'aria-label': 'Health' },
    h('div.check.overall', null, h(`span.dot.${TONES[answer.status]}`, { 'aria-hidden': 'true' }), h('b', null, words(answer.status))),
    Object.entries(answer.checks).map(([name, check]) => h('div.check', null,
      h('span.check-name', null, h(`span.dot.${TONES[check.status]}`, { 'aria-hidden': 'true' }), words(name)),
      h('span.check-value', null, check.status !== 'healthy' ? words(check.status) : check.used ?? `${check.latency_ms.toFixed(1)} ms`),
      check.note && check.status !== 'healthy' && h('span.hint', null, check.note))));
}

function renderFigures({ minutes: list, instances, queues }) {
  const times = list.map(minute => minute.at);
  const of = name => list.map(minute => minute[name]);
  const sum = name => list.reduce((total, minute) => total + minute[name], 0);
  const latest = name => of(name).findLast(value => value !== null);
  const period = `in ${RANGES.find(range => range[0] === list.length)?.[1] ?? `${list.length} min`}`;
  const [requests, hits, misses, finished] = ['requests', 'cache_hits', 'cache_misses', 'tasks_finished'].map(sum);
  const mean = requests > 0 ? list.reduce((total, minute) => total + (minute.mean_ms ?? 0) * minute.requests, 0) / requests : null;
  return h('div.stack', null,
    h('ul.counts', { 'aria-label': 'Tasks' },
      [['queued', queues.queued], ['running', queues.running], ['delayed', queues.delayed], ['dead', queues.dead]].map(([state, count]) =>
        h('li', null, h('a', { href: `#/tasks?state=${state}`, 'data-key': state },
          h('span.count', { class: state === 'dead' && count > 0 ? 'count bad' : 'count' }, number(count)), h('span', null, `${words(state)} tasks`)))),
      h('li', null, h('div', null, h('span.count', null, duration(queues.oldest_queued_seconds)), h('span', null, 'Longest wait')))),
    h('div.grid', null,
      chart({
        title: 'Requests', headline: number(requests), note: period, times, format: compact,
        series: [{ name: 'All', values: of('requests'), tone: 'accent' }, { name: 'Failed', values: of('failed'), tone: 'bad' }],
      }),
      chart({
        title: 'Response time', headline: mean === null ? '–' : `${mean.toFixed(1)} ms`, note: 'on average', times, format: value => `${compact(value)} ms`,
        series: [{ name: 'Mean', values: of('mean_ms'), tone: 'accent' }],
      }),
      chart({
        title: 'Cache hit rate', headline: percent(hits, hits + misses), note: `${compact(hits)} hits, ${compact(misses)} misses`, times, most: 100, format: value => `${Math.round(value)}%`,
        series: [{ name: 'Hits', values: list.map(minute => minute.cache_hits + minute.cache_misses > 0 ? 100 * minute.cache_hits / (minute.cache_hits + minute.cache_misses) : null), tone: 'accent' }],
      }),
      chart({
        title: 'Rejected by limits', headline: number(sum('limited')), note: period, times, format: compact,
        series: [{ name: 'Rejected', values: of('limited'), tone: 'warn' }],
      }),
      chart({
        title: 'Tasks', headline: number(finished), note: `finished ${period}`, times, format: compact,
        series: [{ name: 'Finished', values: of('tasks_finished'), tone: 'accent' }, { name: 'Failed', values: of('tasks_failed'), tone: 'bad' }],
      }),
      chart({
        title: 'Redis memory', headline: bytes(latest('redis_memory')), times, format: bytes, base: 2,
        series: [{ name: 'Used', values: of('redis_memory'), tone: 'accent' }],
      })),
    card(plural(instances.length, 'instance'), instances.length === 0 ? empty('No instance has reported yet', 'Each does so every five seconds.') : table('Instances',
      ['Instance', 'Host', 'Version', { title: 'Memory', numeric: true }, { title: 'Started', numeric: true }, { title: 'Last report', numeric: true }],
      instances.map(one => [h('code', null, one.id), one.host, badge(one.version), bytes(one.memory_bytes), ago(one.started_at), ago(one.last_seen)]))));
}
