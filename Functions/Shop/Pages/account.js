// The account: where it is signed in, and signing out, here or everywhere.

import { count, failure, h, heading, isAbort, moment, notice } from './dom.js';
import { call, get, post } from './api.js';
import { emit, on } from './bus.js';
import { end, session } from './session.js';
import { remember, signInFirst } from './sign-in.js';

export function open(root, signal) {
  if (signInFirst(root, 'Account', 'There is nobody signed in here.')) {
    return {};
  }

  const list = h('ul', { class: 'sessions' });
  const outcome = h('div', { role: 'status' });
  const more = h('p', { class: 'quiet' });
  root.append(
    h('div', { class: 'page-head' }, heading(session().name)),
    h('section', { class: 'panel' },
      h('h2', {}, 'Signed in at'),
      list,
      more,
      outcome,
      h('div', { class: 'row' },
        h('button', { type: 'button', class: 'secondary', onclick: event => leave(event.target, 'logout') }, 'Log out'),
        h('button', { type: 'button', onclick: event => leave(event.target, 'logout/all') }, 'Log out everywhere'))));
  load();
  on('restored', load, signal);
  return {};

  async function load() {
    try {
      const { data } = await get('sessions?limit=10', { signal });
      list.replaceChildren(...data.items.map(item));
      more.textContent = data.next_cursor ? 'These are the ten youngest; there are more.' : '';
    } catch (error) {
      isAbort(error) || list.replaceChildren(h('li', {}, failure(error, load)));
    }
  }

  function item(open) {
    const where = browser(open.metadata.user_agent);
    return h('li', {},
      h('div', {}, h('strong', {}, where), open.current && h('span', { class: 'tag' }, 'this tab'),
        h('p', { class: 'quiet' }, 'since ', moment(open.created_at), open.metadata.ip ? ` from ${open.metadata.ip}` : '')),
      !open.current && h('button', { type: 'button', class: 'plain', 'aria-label': `Close the session in ${where}`, onclick: event => close(event.target, open) }, 'Close'));
  }

  async function close(button, open) {
    button.disabled = true;
    try {
      await call('DELETE', `sessions/${open.id}`, { signal });
      outcome.replaceChildren(notice('Closed. The tab that had it is told within two seconds.', 'good'));
      await load();
    } catch (error) {
      isAbort(error) || outcome.replaceChildren(notice(error.message, 'bad'));
      button.disabled = false;
    }
  }

  async function leave(button, path) {
    button.disabled = true;
    try {
      const { data } = await post(path, undefined, { signal });
      remember('#/', data.sessions_closed ? `You are signed out everywhere: ${count(data.sessions_closed, 'session')} closed, here and in every other window.` : 'You are signed out.');
      data.sessions_closed && emit('tried', 'logout');
      location.hash = '#/sign-in';
      end();
    } catch (error) {
      isAbort(error) || outcome.replaceChildren(notice(error.message, 'bad'));
      button.disabled = false;
    }
  }
}

function browser(userAgent = '') {
  const name = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'].find(part => userAgent.includes(part));
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find(part => userAgent.includes(part));
  const known = { Edg: 'Edge', OPR: 'Opera' };
  return name ? `${known[name] ?? name}${system ? ` on ${system}` : ''}` : userAgent.split('/')[0] || 'an unknown client';
}
