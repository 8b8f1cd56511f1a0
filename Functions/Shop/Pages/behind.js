// The panel that tells what has just happened behind the page: requests with their round trips, events, tasks.

import { byId, h, milliseconds } from './dom.js';
import { on } from './bus.js';

const longest = 60;
const key = 'shop.tried';

const steps = [
  ['cache', 'Open a product, then load it again: the second answer comes from the cache.'],
  ['search', 'Type a few letters into the search; mistype one.'],
  ['price', 'Change a price as Demo Admin in one window and watch it change in another.'],
  ['report', 'Request a report and download it.'],
  ['image', 'Upload a picture and get thumbnails.'],
  ['message', 'Write to the user in the other window: it pops up there.'],
  ['logout', 'Log out everywhere: the other window is signed out, too.'],
];

const tried = new Set(JSON.parse(sessionStorage.getItem(key) ?? '[]'));
const tasks = new Map();

export function show() {
  byId('feed-clear').addEventListener('click', () => {
    byId('feed').replaceChildren();
    tasks.clear();
    byId('feed-empty').hidden = false;
  });
  const toggle = byId('behind-toggle');
  toggle.addEventListener('click', () => {
    const isOpen = byId('behind').classList.toggle('open');
    toggle.setAttribute('aria-expanded', String(isOpen));
  });
  addEventListener('keydown', event => {
    if (event.key === 'Escape' && byId('behind').classList.contains('open')) {
      toggle.click();
      toggle.focus();
    }
  });
  on('call', told);
  on('event', event => add(eventEntry(event)));
  on('note', ({ title, text }) => add(entry('note', 'Note', title, '', [], text)));
  on('task', taskEntry);
  on('connection', ({ away }) => add(entry(away ? 'bad' : 'event', away ? 'Outage' : 'Back', away ? `${away} does not answer` : 'Everything is there again', '', [], '')));
  on('tried', tick);
  showSteps();
}

function told(call) {
  add(entry(
    call.status >= 400 ? 'bad' : 'request', call.method, `/${decodeURIComponent(call.path.split('?')[0])}`, `${call.status}, ${milliseconds(call.duration)}`, chips(call), explain(call)));
  if (call.cache === 'hit' && /^products\/\d/.test(call.path)) {
    tick('cache');
  } else if (call.path.startsWith('search') && call.status === 200) {
    tick('search');
  }
}

function chips({ cache, timings, limit }) {
  return [
    cache && [`cache ${cache}`, cache === 'hit' ? 'good' : cache === 'miss' ? 'warm' : 'bad'],
    timings.redis && [`Redis: ${timings.redis.description}, ${milliseconds(timings.redis.duration)}`],
    timings.postgres && [`PostgreSQL: ${timings.postgres.description}, ${milliseconds(timings.postgres.duration)}`],
    limit && [`${limit.left} of ${limit.of} left in “${limit.policy}”`],
  ].filter(Boolean);
}

function explain({ method, path, status, cache }) {
  switch (status) {
    case 401: return 'No open session has this token.';
    case 403: return 'The session is open, but its user may not do this.';
    case 412: return 'The product is not as the page knew it: nothing was changed.';
    case 429: return 'Over the limit. A refused request uses nothing up.';
    case 503: return 'A server that this request needs is away.';
  }

  switch (cache) {
    case 'hit': return 'Session, limit and cache are asked in one go; PostgreSQL was not needed.';
    case 'miss': return 'Not in the cache: read from PostgreSQL, and kept for whoever asks next.';
    case 'bypass': return 'Redis cannot be used: read from PostgreSQL.';
    case 'stale': return 'Served although it is older than it should be; a new one is being made.';
  }

  const known = [
    [/^PUT products/, 'Stored together with its event in one transaction; every instance forgets the old product before the answer is sent.'],
    [/^GET search/, 'Full-text search in PostgreSQL; Redis counts the limit.'],
    [/^POST login/, 'A new session in Redis, which knows only the hash of its token.'],
    [/^POST logout\/all/, 'All sessions of the user are gone from Redis; their event streams end within two seconds.'],
    [/^POST logout/, 'The session is gone from Redis and cannot come back.'],
    [/^GET profile/, 'The session came from Redis.'],
    [/^POST reports/, 'Accepted as a task. A worker takes it from the queue within milliseconds.'],
    [/^POST images/, 'The picture is in Blob storage, and a task in the queue makes the thumbnails.'],
    [/^GET tasks\/.*\/files/, 'Streamed from Blob storage, to the task’s owner only.'],
    [/^GET tasks/, 'The tasks of this user, from the queue in Redis.'],
    [/^POST messages/, 'Stored together with an event for the recipient in one transaction.'],
    [/^(GET|DELETE) sessions/, 'Sessions are listed and closed by handles that open nothing.'],
  ];
  return known.find(([pattern]) => pattern.test(`${method} ${path}`))?.[1] ?? '';
}

function eventEntry({ type, data }) {
  if (type === 'product_updated') {
    tick('price');
  } else if (type === 'new_message') {
    tick('message');
  }

  const texts = {
    product_updated: `Product ${data?.product_id}: ${data?.changes?.join(', ')} changed. Everybody who is signed in was told.`,
    new_message: 'For this user alone. The outbox published it after the commit.',
    user_online: 'The first stream of this user has opened.',
    user_offline: 'The last stream of this user has closed.',
    reset: 'Events in between are gone: the page reads what it shows anew.',
  };
  return entry('event', 'Event', type, '', [], texts[type] ?? JSON.stringify(data));
}

// One entry per task, which changes as the task gets on.
function taskEntry(task) {
  const fresh = entry(
    task.state === 'dead' ? 'bad' : 'task', 'Task', task.name, '',
    [[task.state + (task.state === 'running' && task.progress ? ` ${task.progress} %` : ''), task.state === 'succeeded' ? 'good' : ''], [`attempt ${Math.max(task.attempts, 1)} of ${task.max_attempts}`]],
    task.error ?? (task.started_at ? `A worker took it ${milliseconds(new Date(task.started_at) - new Date(task.created_at))} after the request.` : 'Waiting for a worker.'));
  const shown = tasks.get(task.id);
  if (shown?.isConnected) {
    shown.replaceWith(fresh);
  } else {
    add(fresh);
  }

  tasks.set(task.id, fresh);
}

function entry(kind, label, title, aside, labels, text) {
  return h('li', { class: `entry ${kind}` },
    h('div', { class: 'entry-head' }, h('span', { class: 'kind' }, label), h('span', { class: 'entry-title' }, title), h('span', { class: 'entry-aside' }, aside)),
    labels.length > 0 && h('div', { class: 'labels' }, labels.map(([name, look]) => h('span', { class: `label ${look ?? ''}` }, name))),
    text && h('p', { class: 'quiet' }, text));
}

function add(item) {
  const feed = byId('feed');
  feed.prepend(item);
  byId('feed-empty').hidden = true;
  while (feed.children.length > longest) {
    feed.lastElementChild.remove();
  }

  byId('behind-last').textContent = [...item.querySelectorAll('.kind, .entry-title, .label')].slice(0, 3).map(part => part.textContent).join(' · ');
}

function tick(step) {
  if (!tried.has(step)) {
    tried.add(step);
    sessionStorage.setItem(key, JSON.stringify([...tried]));
    showSteps();
  }
}

function showSteps() {
  byId('tour-steps').replaceChildren(...steps.map(([step, text]) => h('li', { class: tried.has(step) ? 'done' : '' }, text, tried.has(step) && h('span', { class: 'unseen' }, ' (done)'))));
  const next = steps.find(([step]) => !tried.has(step));
  byId('tour-done').textContent = next ? `Try this (${tried.size + 1} of ${steps.length})` : `All ${steps.length} tried`;
  byId('tour-next').textContent = next ? next[1] : 'That is what this backend does. The API page and the console show the rest.';
}
