import { get } from './api.js';
import { h } from './dom.js';
import { ago, exact, words } from './format.js';
import { act, badge, empty, Panel, table } from './ui.js';

const ACTIONS = {
  CancelTask: 'Cancelled a task', RetryTask: 'Retried a task', ChangeTasks: 'Changed several tasks', PublishEvent: 'Published an event',
  RetryParkedEvent: 'Retried a parked event', DropParkedEvent: 'Dropped a parked event', InvalidateCacheTag: 'Invalidated a tag', InvalidateCacheKey: 'Invalidated a key',
  LiftLimits: 'Lifted the limits of a caller', RestoreLimits: 'Restored the limits of a caller', CloseUserSession: 'Closed a session', CloseUserSessions: 'Closed all sessions of a user',
  CreateProduct: 'Created a product', UpdateProduct: 'Changed a product', DeleteProduct: 'Deleted a product', UpdateUser: 'Changed an account', DeleteUser: 'Deleted an account', SendEmail: 'Sent an e-mail',
};

export function audit() {
  const more = [];
  let cursor = null;
  const panel = new Panel(signal => get('console/audit?limit=50', signal), page => {
    cursor = more.length > 0 ? cursor : page.next_cursor;
    const items = [...page.items, ...more.filter(old => !page.items.some(item => item.id === old.id))];
    return items.length === 0 ? empty('Nothing has been done yet', 'What administrators change is written here before it happens, and kept for a year.') : h('div.stack', null,
      table('Audit log', ['When', 'Who', 'What', 'Outcome'], items.map(one => [
        h('time', { datetime: one.at, title: exact(one.at) }, ago(one.at)),
        one.user_id === null ? 'A deleted account' : h('a', { href: `#/sessions/${one.user_id}`, 'data-key': `who-${one.id}` }, one.user_name),
        h('div', null, ACTIONS[one.action] ?? words(one.action), h('div.sub', null, h('code.wrap', null, one.subject)), one.detail && h('div.sub', null, one.detail)),
        one.status === null ? badge('Unknown', 'warn') : one.status < 400 ? badge('Done', 'good') : badge(`Refused (${one.status})`, 'bad'),
      ])),
      cursor && h('button.secondary', { onclick: event => act(event.currentTarget, async () => {
        const next = await get(`console/audit?limit=50&cursor=${encodeURIComponent(cursor)}`);
        more.push(...next.items);
        cursor = next.next_cursor;
        await panel.redraw();
      }) }, 'Show more'));
  });
  return { element: panel.element, close: () => panel.stop() };
}
