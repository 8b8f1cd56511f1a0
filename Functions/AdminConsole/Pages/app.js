// The frame of the console: who is signed in, which view is open, and whether the application can be reached.

import { connection, get, post, session } from './api.js';
import { field, fill, h } from './dom.js';
import { stream } from './stream.js';
import { toast } from './ui.js';
import { overview } from './overview.js';
import { tasks } from './tasks.js';
import { events } from './events.js';
import { cache } from './cache.js';
import { limits } from './limits.js';
import { sessions } from './sessions.js';
import { audit } from './audit.js';

const VIEWS = [
  ['overview', 'Overview', overview],
  ['tasks', 'Tasks', tasks],
  ['events', 'Events', events],
  ['cache', 'Cache', cache],
  ['limits', 'Limits', limits],
  ['sessions', 'Sessions', sessions],
  ['audit', 'Audit log', audit],
];

const app = document.getElementById('app');
let user = null;
let close = () => {};

async function start() {
  try {
    const found = await get('console/session');
    if (found.is_admin) {
      enter(found);
    } else {
      askToSignIn(found.user_id ? 'You are signed in as somebody who is not an administrator.' : '');
    }
  } catch (failure) {
    askToSignIn(failure.message);
  }
}

function askToSignIn(message) {
  user = null;
  close();
  close = () => {};
  stream.stop();
  document.title = 'Sign in · Console';
  const status = h('p.form-status', { role: 'alert' }, message);
  const email = h('input', { type: 'email', name: 'email', autocomplete: 'username', required: true });
  const password = h('input', { type: 'password', name: 'password', autocomplete: 'current-password', required: true });
  const send = h('button.primary.wide', null, 'Sign in');
  const form = h('form.sign-in', null,
    h('img', { src: 'assets/console/icon.svg', alt: '', width: 40, height: 40 }),
    h('h1', null, 'Console'),
    h('p.hint', null, 'For administrators of this application.'),
    field('E-mail address', email), field('Password', password), send, status);
  form.addEventListener('submit', async event => {
    event.preventDefault();
    send.disabled = true;
    status.textContent = '';
    try {
      await post('login', { email: email.value, password: password.value });
      const found = await get('console/session');
      if (found.is_admin) {
        enter(found);
        return;
      }

      status.textContent = 'This account is not an administrator.';
    } catch (failure) {
      status.textContent = failure.status === 401 ? 'E-mail address or password is wrong.' : failure.message;
    }

    send.disabled = false;
    password.focus();
    password.select();
  });
  fill(app, h('main.centre', null, form));
  email.focus();
}

function enter(found) {
  user = found;
  stream.start();
  const notice = h('p.notice', { role: 'status' });
  const tell = () => {
    notice.textContent = {
      connected: '',
      limping: 'The application cannot reach one of its servers. What you see is from before; this page tries again by itself.',
      lost: 'The connection is lost. What you see is from before; this page tries again by itself.',
    }[connection.state];
    notice.className = `notice ${connection.state}`;
  };
  connection.addEventListener('change', tell);
  tell();
  fill(app,
    h('a.skip', { href: '#main', onclick: skip }, 'Skip to the content'),
    h('div.frame', null,
      h('header.side', null,
        h('p.brand', null, h('img', { src: 'assets/console/icon.svg', alt: '', width: 24, height: 24 }), 'Console'),
        h('nav', { 'aria-label': 'Views' }, h('ul', null, VIEWS.map(([name, title]) => h('li', null, h('a', { href: `#/${name}`, 'data-view': name }, title))))),
        h('div.who', null, h('span', null, user.name), h('button.ghost.small', { onclick: signOut }, 'Sign out'))),
      h('main', { id: 'main', tabindex: -1 }, notice, h('div.view', { id: 'view' }))));
  open();
}

function skip(event) {
  event.preventDefault();
  document.getElementById('main').focus();
}

async function signOut() {
  try {
    await post('logout');
  } catch (failure) {
    toast(failure.message, 'failed');
    return;
  }

  askToSignIn('');
}

/** Opens the view that the address names: #/tasks/<id>?state=dead. */
function open(isMove = false) {
  if (!user) {
    return;
  }

  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, ...rest] = path.split('/');
  const [view, title, show] = VIEWS.find(one => one[0] === name) ?? VIEWS[0];
  for (const link of document.querySelectorAll('nav [data-view]')) {
    if (link.dataset.view === view) {
      link.setAttribute('aria-current', 'page');
      link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    } else {
      link.removeAttribute('aria-current');
    }
  }

  document.title = `${title} · Console`;
  close();
  const heading = h('h1', { tabindex: -1 }, title);
  const opened = show({ rest: rest.map(decodeURIComponent), query: new URLSearchParams(query ?? ''), user });
  close = opened.close ?? (() => {});
  fill(document.getElementById('view'), h('div.title', null, heading, opened.tools), opened.element);
  if (isMove) {
    heading.focus();
    scrollTo(0, 0);
  }
}

addEventListener('hashchange', () => open(true));
session.addEventListener('ended', () => {
  if (user) {
    askToSignIn('Your session has ended. Sign in again.');
  }
});
start();
