// Who is signed in, in this tab. The token is kept per tab and sent as a header, not as the cookie: so two tabs are two users, as the demo
// needs them, and the console in the next tab keeps its own. An application for one user would leave the token to the cookie, which scripts cannot read.

import { emit } from './bus.js';

const key = 'shop.session';
let current = JSON.parse(sessionStorage.getItem(key) ?? 'null');

/** `{token, id, name, isAdmin}` or null. */
export const session = () => current;

export function begin(session) {
  current = session;
  sessionStorage.setItem(key, JSON.stringify(session));
  emit('session', {});
}

/** Forgets the session; `reason` tells why, where the user did not ask for it. */
export function end(reason) {
  if (current !== null) {
    current = null;
    sessionStorage.removeItem(key);
    emit('session', { reason });
  }
}
