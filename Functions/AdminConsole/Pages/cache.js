import { get, remove } from './api.js';
import { field, fill, h } from './dom.js';
import { bytes, duration, number, percent } from './format.js';
import { act, badge, card, code, confirm, empty, Panel, table, toast } from './ui.js';

export function cache() {
  const use = new Panel(signal => get('console/cache?minutes=60', signal), renderUse);
  return { element: h('div.stack', null, use.element, lookUp(), byTag()), close: () => use.stop() };
}

function renderUse({ prefixes, minutes }) {
  return card('Hit rate by kind of answer', prefixes.length === 0
    ? empty(`Nothing cacheable was asked for in the last ${minutes} minutes`, 'GET /api/products is.')
    : table('Hit rate', ['Key begins with', { title: 'Hit rate', numeric: true }, { title: 'Hits', numeric: true }, { title: 'Stale', numeric: true }, { title: 'Misses', numeric: true }, { title: 'Without Redis', numeric: true }],
      prefixes.map(one => {
        const all = one.hits + one.stale + one.misses + one.bypasses;
        return [h('code', null, one.prefix), h('span.rate', null, h('meter', { min: 0, max: all || 1, value: one.hits + one.stale, 'aria-label': `Hit rate of ${one.prefix}` }), percent(one.hits + one.stale, all)),
          number(one.hits), number(one.stale), number(one.misses), number(one.bypasses)];
      })));
}

function lookUp() {
  const key = h('input', { type: 'search', required: true, maxlength: 1024, placeholder: 'product:1', spellcheck: 'false', autocomplete: 'off' });
  const found = h('div', { role: 'status' });
  const path = () => `console/cache/entry?key=${encodeURIComponent(key.value)}`;
  const look = async () => {
    try {
      const entry = await get(path());
      fill(found, h('div.stack.result', null,
        h('dl', null,
          h('dt', null, 'State'), h('dd', null, !entry.current ? badge('Invalidated by a tag', 'warn') : entry.ttl_seconds > 0 ? badge(`Fresh for ${duration(entry.ttl_seconds)}`, 'good') : badge('Kept for the worst', 'warn')),
          h('dt', null, 'Tags'), h('dd', null, entry.tags.length === 0 ? '–' : entry.tags.map(tag => [badge(tag), ' '])),
          h('dt', null, 'Stored'), h('dd', null, bytes(entry.stored_bytes))),
        code(entry.value),
        h('div', null, h('button.danger', {
          onclick: event => act(event.currentTarget, async () => {
            if (await confirm({ title: 'Invalidate 1 key?', text: `${entry.key} is made anew when it is asked for next.`, action: 'Invalidate the key' })) {
              await remove(path());
              toast('The key is invalidated.');
              await look();
            }
          }),
        }, 'Invalidate this key'))));
    } catch (failure) {
      fill(found, empty(failure.status === 404 ? 'Nothing is cached under this key' : 'The cache cannot be asked now', failure.status === 404 ? 'It is made when somebody asks for it.' : failure.message));
    }
  };
  return card('Look up a key', h('form.filters', { onsubmit: event => { event.preventDefault(); look(); } }, field('Key', key), h('button.primary', null, 'Look up')), found);
}

function byTag() {
  const tag = h('input', { required: true, maxlength: 300, placeholder: 'products', spellcheck: 'false', autocomplete: 'off' });
  const send = h('button.danger', null, 'Invalidate…');
  return card('Invalidate a tag', h('form.filters', {
    onsubmit: event => {
      event.preventDefault();
      act(send, async () => {
        if (await confirm({ title: `Invalidate the tag ${tag.value}?`, text: 'Every entry under it is made anew when it is asked for next, however many there are.', action: 'Invalidate the tag' })) {
          await remove(`cache/tags/${encodeURIComponent(tag.value)}`);
          toast(`The tag ${tag.value} is invalidated.`);
        }
      });
    },
  }, field('Tag', tag), send));
}
