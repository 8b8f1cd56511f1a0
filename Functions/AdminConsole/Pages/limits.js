import { get, put, remove } from './api.js';
import { field, fill, h } from './dom.js';
import { duration, exact, number } from './format.js';
import { act, badge, card, confirm, empty, Panel, table, toast } from './ui.js';

const KEYS = { address: 'Address', user: 'User', session: 'Session', header: 'Header', function: 'Other' };

export function limits() {
  const form = caller(() => policies.redraw());
  const policies = new Panel(signal => get('console/limits?minutes=60', signal), answer => render(answer, () => policies.redraw(), form.show));
  return { element: h('div.stack', null, form.element, policies.element), close: () => policies.stop() };
}

function render({ policies, nearest, lifted }, done, show) {
  return h('div.stack', null,
    card('Nearest to their limits, last minute', nearest.length === 0 ? empty('Nobody is near a limit', 'Who has used four fifths of one appears here.') : table('Nearest to their limits', ['Caller', 'Policy', { title: 'Left', numeric: true }, ''], nearest.map(one => [
      h('code', null, one.caller), h('code', null, one.policy), left(one),
      /^(user|address):/.test(one.caller) && h('div.actions', null, h('button.secondary.small', { 'data-key': `near-${one.caller}-${one.policy}`, 'aria-label': `Look up ${one.caller}`, onclick: () => show(one.caller) }, 'Look up')),
    ]))),
    card('Lifted limits', lifted.length === 0 ? empty('Everybody keeps to the limits') : table('Lifted limits', ['Caller', 'Until', ''], lifted.map(one => [
      h('code', null, one.caller), exact(one.ends_at),
      h('div.actions', null, h('button.secondary.small', {
        'data-key': `end-${one.caller}`, 'aria-label': `End now for ${one.caller}`,
        onclick: event => act(event.currentTarget, async () => {
          await remove(`console/limits/callers/${encodeURIComponent(one.caller)}/lift`);
          toast(`The limits hold for ${one.caller} again.`);
          await done();
        }),
      }, 'End now')),
    ]))),
    card('Policies, last hour', table('Policies', ['Policy', 'Counted by', { title: 'Limit', numeric: true }, { title: 'Allowed', numeric: true }, { title: 'Rejected', numeric: true }],
      policies.map(one => [h('code', null, one.name), KEYS[one.key] ?? one.key, `${number(one.limit)} in ${duration(one.window_seconds)}`, number(one.allowed), one.rejected > 0 ? badge(number(one.rejected), 'warn') : '0']))));
}

const left = one => h('span.rate', null,
  h('meter', { min: 0, max: one.limit, low: one.limit / 5, optimum: one.limit, value: one.remaining, 'aria-label': `Left of ${one.policy}` }),
  `${number(one.remaining)} of ${number(one.limit)}`);

function caller(done) {
  const kind = h('select', null, h('option', { value: 'user' }, 'User id'), h('option', { value: 'address' }, 'IP address'));
  const value = h('input', { type: 'search', required: true, maxlength: 60, spellcheck: 'false', autocomplete: 'off' });
  const found = h('div', { role: 'status' });
  const path = () => `console/limits/callers/${encodeURIComponent(`${kind.value}:${value.value.trim()}`)}`;
  const look = async () => {
    try {
      const answer = await get(path());
      const minutes = h('select', null, [[15, '15 minutes'], [60, '1 hour'], [1440, '1 day']].map(([length, text]) => h('option', { value: length }, text)));
      fill(found, h('div.stack.result', null,
        h('form.filters', {
          onsubmit: event => {
            event.preventDefault();
            act(event.submitter, async () => {
              const length = minutes.selectedOptions[0].textContent;
              if (await confirm({ title: 'Lift the limits of 1 caller?', text: `${answer.caller} may do a hundred times as much for ${length}, within five seconds on every instance.`, action: 'Lift the limits' })) {
                await put(`${path()}/lift`, { minutes: Number(minutes.value) });
                toast(`The limits of ${answer.caller} are lifted for ${length}.`);
                await Promise.all([look(), done()]);
              }
            });
          },
        }, h('p', null, h('code', null, answer.caller), ' ', answer.lifted && badge('Lifted', 'warn')), field('For', minutes), h('button.danger', null, 'Lift limits…')),
        table('What the caller has left', ['Policy', { title: 'Left', numeric: true }, { title: 'More at', numeric: true }], answer.limits.map(one => [
          h('code', null, one.policy),
          left(one),
          one.remaining < one.limit ? exact(one.reset_at) : '–',
        ]))));
    } catch (failure) {
      fill(found, empty('This caller cannot be shown', failure.message));
    }
  };
  return {
    element: card('Look up a caller', h('form.filters', { onsubmit: event => { event.preventDefault(); look(); } }, field('Counted by', kind), field('Value', value), h('button.primary', null, 'Look up')), found),
    show: name => {
      const colon = name.indexOf(':');
      kind.value = name.slice(0, colon);
      value.value = name.slice(colon + 1);
      value.focus();
      look();
    },
  };
}
