// Signing in, by one click as one of the demo accounts where the page has them.

import { get, post } from './api.js';
import { h, heading, icon, isAbort, notice } from './dom.js';
import { on } from './bus.js';
import { begin, session } from './session.js';

let reason;
let destination = '#/';

/** Where to go when the user has signed in, and what to tell why they have to. */
export function remember(hash, why) {
  destination = hash;
  reason = why;
}

/** Shows why a page needs somebody to be signed in; false if somebody is. */
export function signInFirst(root, title, text) {
  if (session()) {
    return false;
  }

  root.append(
    h('div', { class: 'page-head' }, heading(title)),
    h('div', { class: 'empty' }, h('h2', {}, 'Sign in first'), h('p', {}, text), h('a', { class: 'button', href: '#/sign-in' }, 'Sign in')));
  return true;
}

export function open(root, signal) {
  const email = h('input', { id: 'email', type: 'email', autocomplete: 'username', required: true });
  const password = h('input', { id: 'password', type: 'password', autocomplete: 'current-password', required: true });
  const outcome = h('div', { role: 'status' }, reason && notice(reason, 'bad'));
  reason = undefined;
  const demo = h('div', { class: 'accounts' });
  root.append(h('div', { class: 'sign-in' },
    heading('Sign in'),
    outcome,
    demo,
    h('form', { class: 'panel', onsubmit: event => { event.preventDefault(); signIn(email.value, password.value); } },
      h('h2', {}, 'With your own account'),
      h('label', { for: 'email' }, 'E-mail address'), email,
      h('label', { for: 'password' }, 'Password'), password,
      h('button', { type: 'submit' }, 'Sign in'))));
  offer();
  on('restored', offer, signal);
  return {};

  // Nobody but in Development; then the form is all there is.
  async function offer() {
    try {
      const { data: accounts } = await get('shop/accounts', { signal, quiet: true });
      demo.replaceChildren(...accounts.length === 0 ? [] : [
        ...accounts.map(account => h('button', { type: 'button', class: 'account', onclick: () => signIn(account.email, account.password) },
          icon('user'), h('span', {}, h('strong', {}, `Continue as ${account.name}`), h('span', { class: 'quiet' }, account.what)))),
        h('p', { class: 'quiet' }, 'Each tab of this browser is a user of its own: sign in as both, in two windows.'),
      ]);
    } catch (error) {
      isAbort(error) || outcome.replaceChildren(notice(error.message, 'bad'));
    }
  }

  async function signIn(address, secret) {
    outcome.replaceChildren(notice('Signing in…'));
    const buttons = root.querySelectorAll('button');
    buttons.forEach(button => { button.disabled = true; });
    try {
      const { data } = await post('login', { email: address, password: secret }, { signal });
      const profile = await profileOf(data.session_id);
      begin({ token: data.session_id, id: data.user.id, name: data.user.name, isAdmin: profile.is_admin });
      location.hash = destination;
      destination = '#/';
    } catch (error) {
      isAbort(error) || outcome.replaceChildren(notice(error.message, 'bad'));
      buttons.forEach(button => { button.disabled = false; });
    }
  }

  async function profileOf(token) {
    return (await get('profile', { headers: { 'X-Session-ID': token }, signal })).data;
  }
}
