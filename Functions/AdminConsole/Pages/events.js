import { get, post, remove } from './api.js';
import { field, fill, h } from './dom.js';
import { ago, duration, exact, number, plural } from './format.js';
import { stream } from './stream.js';
import { act, badge, card, code, confirm, empty, Panel, table, toast } from './ui.js';

export function events() {
  const outbox = new Panel(signal => get('console/outbox', signal), renderOutbox);
  const parked = new Panel(signal => get('console/events/parked', signal), answer => renderParked(answer.items, () => Promise.all([parked.redraw(), outbox.redraw()])));
  const live = feed();
  return {
    element: h('div.stack', null, outbox.element, live.element, parked.element, publish()),
    close: () => { outbox.stop(); parked.stop(); live.close(); },
  };
}

function renderOutbox(box) {
  const entries = [['Waiting', number(box.waiting)], ['Published, not confirmed', number(box.published)], ['Held back', number(box.held)], ['Oldest', duration(box.oldest_seconds)]];
  return h('ul.counts', { 'aria-label': 'Outbox' }, entries.map(([title, value]) => h('li', null, h('div', null, h('span.count', null, value), h('span', null, `Outbox: ${title.toLowerCase()}`)))));
}

function feed() {
  const list = h('div', { 'aria-live': 'off' });
  const status = h('span');
  const filter = h('input', { type: 'search', placeholder: 'Type or content', autocomplete: 'off' });
  let isPaused = false;
  const pause = h('button.secondary', { 'aria-pressed': 'false', onclick: () => {
    isPaused = !isPaused;
    pause.setAttribute('aria-pressed', String(isPaused));
    pause.textContent = isPaused ? 'Go on' : 'Pause';
    draw();
  } }, 'Pause');
  const draw = () => {
    fill(status, stream.isOpen ? badge('Live', 'good') : badge('Connecting…', 'warn'));
    if (isPaused) {
      return;
    }

    const wanted = filter.value.trim().toLowerCase();
    const shown = stream.events.filter(one => !wanted || JSON.stringify([one.type, one.data]).toLowerCase().includes(wanted)).slice(0, 50);
    fill(list, shown.length === 0
      ? empty(wanted ? 'No event like this yet' : 'Nothing has happened yet', 'Events for everybody, and your own, appear here as they come.')
      : table('Events', ['Type', 'Data', { title: 'When', numeric: true }], shown.map(one => [badge(one.type), h('code.wrap', null, JSON.stringify(one.data)), h('time', { datetime: one.timestamp, title: exact(one.timestamp) }, ago(one.timestamp))])));
  };
  filter.addEventListener('input', draw);
  stream.addEventListener('event', draw);
  stream.addEventListener('change', draw);
  const timer = setInterval(draw, 10_000);
  draw();
  return {
    element: h('section.card', null, h('header.card-head', null, h('h2', null, 'Live feed ', status), h('div.actions', null, pause)), h('div.filters', null, field('Filter', filter)), list),
    close: () => {
      clearInterval(timer);
      stream.removeEventListener('event', draw);
      stream.removeEventListener('change', draw);
    },
  };
}

function renderParked(items, done) {
  return card(`${plural(items.length, 'parked event')}`, items.length === 0
    ? empty('No event is parked', 'What cannot be handled, after several attempts, is kept here to be looked at.')
    : h('ul.list', null, items.map(one => h('li', null,
      h('div.list-head', null, badge(one.type ?? 'not an event', 'bad'), h('span.sub', null, `${one.channel} · ${exact(one.parked_at)}`),
        h('div.actions', null,
          one.can_retry && h('button.secondary.small', {
            'data-key': `retry-${one.id}`,
            onclick: event => act(event.currentTarget, async () => {
              await post(`console/events/parked/${one.id}/retry`);
              toast('The event is published again.');
              await done();
            }),
          }, 'Retry'),
          h('button.secondary.small', {
            'data-key': `drop-${one.id}`,
            onclick: event => act(event.currentTarget, async () => {
              if (await confirm({ title: 'Drop 1 event?', text: 'It will never be handled. This cannot be undone.', action: 'Drop the event' })) {
                await remove(`console/events/parked/${one.id}`);
                toast('The event is dropped.');
                await done();
              }
            }),
          }, 'Drop'))),
      h('p.error-text', null, one.reason),
      one.data !== null && code(one.data)))));
}

function publish() {
  const type = h('input', { value: 'test_event', required: true, pattern: '[a-z][a-z0-9_.\\-]{0,63}', autocomplete: 'off' });
  const data = h('textarea', { rows: 4, spellcheck: 'false' }, '{\n  "hello": "world"\n}');
  const user = h('input', { type: 'number', min: 1, step: 1, inputmode: 'numeric' });
  const status = h('p.form-status', { role: 'alert' });
  const send = h('button.primary', null, 'Publish');
  return h('section.card', null, h('h2', null, 'Publish a test event'), h('form.form', {
    onsubmit: async event => {
      event.preventDefault();
      status.textContent = '';
      let content;
      try {
        content = JSON.parse(data.value);
      } catch {
        status.textContent = 'The data is not JSON.';
        data.focus();
        return;
      }

      await act(send, async () => {
        await post('events', { type: type.value, data: content, ...user.value && { user_id: Number(user.value) } });
        toast('The event is published.');
      });
    },
  }, field('Type', type, 'A lower-case name. A type without a handler goes to open streams only.'), field('For the user', user, 'Empty: for everybody.'), field('Data, as JSON', data), h('div', null, send), status));
}
