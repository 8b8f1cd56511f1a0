// The start of the page: which view the address names, and what stands around the views.

import { byId, h, heading } from './dom.js';
import { on } from './bus.js';
import { session } from './session.js';
import { watch } from './connection.js';
import { follow } from './live.js';
import { followChanges } from './store.js';
import { remember } from './sign-in.js';
import { nameOf } from './messages.js';
import * as behind from './behind.js';
import * as products from './products.js';
import * as product from './product.js';
import * as reports from './reports.js';
import * as images from './images.js';
import * as messages from './messages.js';
import * as account from './account.js';
import * as signIn from './sign-in.js';

const routes = [
  [/^$/, () => ({ view: products, page: 'products', title: 'Products' })],
  [/^category\/(\d+)$/, id => ({ view: products, page: 'products', title: 'Products', category: Number(id) })],
  [/^search\/(.+)$/, query => ({ view: products, page: 'products', title: `“${query}”`, query })],
  [/^product\/(\d+)$/, id => ({ view: product, page: 'products', title: 'Product', id: Number(id) })],
  [/^reports$/, () => ({ view: reports, page: 'reports', title: 'Reports' })],
  [/^images$/, () => ({ view: images, page: 'images', title: 'Images' })],
  [/^messages(?:\/(\d+))?$/, id => ({ view: messages, page: 'messages', title: 'Messages', id: id ? Number(id) : null })],
  [/^account$/, () => ({ view: account, page: 'account', title: 'Account' })],
  [/^sign-in$/, () => ({ view: signIn, page: 'account', title: 'Sign in' })],
];

const nowhere = { view: { open: root => { root.append(heading('There is no such page'), h('p', {}, h('a', { href: '#/' }, 'All products'))); return {}; } }, title: 'Not found' };
const main = byId('main');
const query = byId('query');
let route;
let shown; // The view that is open, with what closes it.
let lastPlace = '#/';
let unread = 0;

function routeOf(hash) {
  const path = hash.replace(/^#\/?/, '');
  for (const [pattern, make] of routes) {
    const match = pattern.exec(path);
    if (match) {
      return make(...match.slice(1).map(part => part && decoded(part)));
    }
  }

  return nowhere;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Somebody typed it.
  }
}

function navigate({ isTyping = false } = {}) {
  route = routeOf(location.hash);
  document.title = `${route.title} – Demo shop`;
  document.querySelectorAll('.pages a').forEach(link => setCurrent(link, link.dataset.page === route.page));
  if (route.view !== signIn) {
    lastPlace = location.hash || '#/';
  }

  if (!isTyping && query.value !== (route.query ?? '')) {
    query.value = route.query ?? '';
  }

  const isNew = shown?.view !== route.view;
  if (isNew) {
    openView();
  }

  route.takesFocus = !isTyping && isNew && navigated;
  shown.instance.update?.(route);
  if (!isTyping) {
    scrollTo(0, 0);
    route.takesFocus && main.querySelector('h1')?.focus({ preventScroll: true });
  }

  navigated = true;
}

let navigated = false;

function openView() {
  shown?.controller.abort();
  const controller = new AbortController();
  main.replaceChildren();
  shown = { view: route.view, controller, instance: route.view.open(main, controller.signal) };
}

function setCurrent(link, isCurrent) {
  isCurrent ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current');
}

function showWho() {
  const user = session();
  byId('who').replaceChildren(user
    ? h('a', { href: '#/account', class: 'account-link' }, h('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(user.name)), h('span', { class: 'account-name' }, user.name))
    : h('a', { class: 'button', href: '#/sign-in', onclick: () => remember(lastPlace) }, 'Sign in'));
}

const initials = name => name.split(/\s+/).map(word => word[0]).slice(0, 2).join('').toUpperCase();

function showLive({ state }) {
  const live = byId('live');
  const texts = { open: 'Live', connecting: 'Connecting…', off: 'Not live' };
  live.className = `state ${state}`;
  live.textContent = texts[state];
  live.title = { open: 'Events arrive as they happen.', connecting: 'The event stream is being opened; nothing is lost meanwhile.', off: 'Events come to whoever is signed in.' }[state];
}

function setUnread(number) {
  unread = number;
  const badge = byId('unread');
  badge.hidden = unread === 0;
  badge.textContent = unread === 0 ? '' : ` ${unread}`;
  badge.setAttribute('aria-label', `${unread} new`);
}

async function popUp({ sender_id: sender, preview }) {
  if (messages.openWith === sender) {
    return; // It is on the screen.
  }

  setUnread(unread + 1);
  const toast = h('div', { class: 'toast' },
    h('div', {}, h('strong', {}, `Message from ${await nameOf(sender)}`), h('p', {}, preview)),
    h('a', { href: `#/messages/${sender}`, onclick: () => toast.remove() }, 'Read'),
    h('button', { type: 'button', class: 'plain', 'aria-label': 'Dismiss', onclick: () => toast.remove() }, '×'));
  byId('toasts').append(toast);
  while (byId('toasts').children.length > 3) {
    byId('toasts').firstElementChild.remove();
  }
}

query.addEventListener('input', () => {
  const text = query.value.trim();
  const hash = text ? `#/search/${encodeURIComponent(text)}` : '#/';
  // Letters are no steps of the way back, but the search is one.
  history[route.query ? 'replaceState' : 'pushState'](null, '', hash);
  navigate({ isTyping: true });
});
byId('search').addEventListener('submit', event => event.preventDefault());
addEventListener('hashchange', () => navigate());
document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault();
  main.focus();
});

on('live', showLive);
on('session', ({ reason }) => {
  showWho();
  setUnread(0);
  if (reason) {
    remember(lastPlace, reason);
    location.hash = '#/sign-in';
  } else if (shown.view !== product && shown.view !== products && shown.view !== signIn) {
    openView();
    shown.instance.update?.(route);
  }
});
on('event', event => {
  if (event.type === 'new_message') {
    popUp(event.data);
  } else if (event.type === 'reset') {
    openView();
    shown.instance.update?.(route);
  }
});
on('messages-read', () => setUnread(0));

behind.show();
showWho();
navigate();
followChanges();
follow();
watch();
