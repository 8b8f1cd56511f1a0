import { get, remove } from './api.js';
import { field, fill, h } from './dom.js';
import { ago, exact, plural } from './format.js';
import { act, badge, card, confirm, empty, Panel, table, toast } from './ui.js';

export function sessions({ rest, query, user }) {
  return rest[0] ? ofUser(rest[0], user) : people(query.get('q') ?? '');
}

function people(wanted) {
  const text = h('input', { type: 'search', value: wanted, maxlength: 200, placeholder: 'Name, e-mail address or id', autocomplete: 'off' });
  const panel = new Panel(signal => get(`console/users?q=${encodeURIComponent(wanted)}`, signal), ({ online, items }) => card(
    wanted ? `Found: ${items.length}` : `Online: ${online}`,
    items.length === 0
      ? empty(wanted ? 'Nobody is called like this' : 'Nobody is online', wanted ? null : 'Who has an event stream open is. Look for anybody else by name.')
      : table('Users', ['User', 'E-mail address', 'Online', ''], items.map(one => [
        h('span', null, one.name, one.is_admin && [' ', badge('Admin', 'accent')]), one.email,
        one.online_since ? badge(`Since ${ago(one.online_since).replace(' ago', '')}`, 'good') : '–',
        h('a', { href: `#/sessions/${one.id}`, 'data-key': `user-${one.id}`, 'aria-label': `Sessions of ${one.name}` }, 'Sessions'),
      ]))));
  return {
    element: h('div.stack', null,
      h('form.filters', { role: 'search', onsubmit: event => { event.preventDefault(); location.hash = text.value.trim() ? `#/sessions?q=${encodeURIComponent(text.value.trim())}` : '#/sessions'; } },
        field('Find a user', text), h('button.primary', null, 'Find')),
      panel.element),
    close: () => panel.stop(),
  };
}

function ofUser(id, self) {
  const base = `console/users/${encodeURIComponent(id)}/sessions`;
  const own = String(self.user_id) === id;
  const panel = new Panel(signal => get(`${base}?limit=100`, signal), ({ items, next_cursor: more }) => card(
    `${plural(items.length, 'session')}${more ? ' and more' : ''} of user ${id}`,
    items.length === 0 ? empty('This user is signed in nowhere') : h('div.stack', null,
      table('Sessions', ['Device', 'Address', 'Signed in', 'Last active', ''], items.map(one => [
        h('span', null, device(one.metadata.user_agent), one.current && [' ', badge('This one', 'accent')]), one.metadata.ip,
        h('time', { datetime: one.created_at, title: exact(one.created_at) }, ago(one.created_at)), ago(one.last_activity),
        h('div.actions', null, h('button.secondary.small', {
          'data-key': `close-${one.id}`, 'aria-label': `Close the session of ${ago(one.created_at)}`,
          onclick: event => act(event.currentTarget, async () => {
            if (await confirm({ title: 'Close 1 session?', text: one.current ? 'It is the one that you are using: you sign out.' : 'Whoever uses it has to sign in again.', action: 'Close the session' })) {
              await remove(`${base}/${encodeURIComponent(one.id)}`);
              toast('The session is closed.');
              await panel.redraw();
            }
          }),
        }, 'Close')),
      ])),
      h('div', null, h('button.danger', {
        'data-key': 'close-all',
        onclick: event => act(event.currentTarget, async () => {
          const count = `${more ? 'more than ' : ''}${plural(items.length, 'session')}`;
          if (await confirm({ title: `Close ${count}?`, text: own ? 'Yours is among them: you sign out everywhere.' : `User ${id} has to sign in again everywhere.`, action: `Close ${count}` })) {
            const { sessions_closed: closed } = await remove(base);
            toast(`${plural(closed, 'session')} closed.`);
            await panel.redraw();
          }
        }),
      }, 'Close all…')))));
  return { tools: h('a', { href: '#/sessions' }, 'Everybody'), element: panel.element, close: () => panel.stop() };
}

function device(agent) {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\/(\d+)/.exec(agent ?? '');
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent ?? '');
  const names = { Edg: 'Edge', OPR: 'Opera' };
  return browser ? `${names[browser[1]] ?? browser[1]} ${browser[2]}${system ? ` on ${system[0].replace('Mac OS X', 'macOS')}` : ''}` : agent ?? 'Unknown';
}
