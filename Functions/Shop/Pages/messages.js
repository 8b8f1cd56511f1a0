// Messages to other users. A message pops up where its recipient is, whichever page is open there.

import { emptyState, failure, h, heading, isAbort, delay, moment, notice } from './dom.js';
import { get, idempotencyKey, post } from './api.js';
import { emit, on } from './bus.js';
import { session } from './session.js';
import { signInFirst } from './sign-in.js';

const presencePace = 4_000;
const names = new Map();

/** Whose messages are on the screen; null for nobody's. */
export let openWith = null;

export async function nameOf(id) {
  if (!names.has(id)) {
    names.set(id, get(`users/${id}`, { quiet: true }).then(answer => answer.data.name, error => {
      names.delete(id);
      return error.status === 404 ? 'Somebody who has left' : `User ${id}`;
    }));
  }

  return names.get(id);
}

export function open(root, signal) {
  if (signInFirst(root, 'Messages', 'Messages are between two users.')) {
    return {};
  }

  let chosen = null;
  let online = new Set();
  let messages = [];
  const drafts = new Map();
  const keys = new Map();
  const people = h('ul', { class: 'people' });
  const conversation = h('div', { class: 'conversation' });
  root.append(
    h('div', { class: 'page-head' }, heading('Messages')),
    h('div', { class: 'messages' }, h('section', { 'aria-label': 'People' }, people), conversation));

  signal.addEventListener('abort', () => { openWith = null; });
  on('event', event => event.type === 'new_message' && load(), signal);
  on('restored', load, signal);
  watchPresence();
  emit('messages-read');
  return { update({ id }) { chosen = id ?? chosen; load(); } };

  async function load() {
    try {
      const [list, presence] = await Promise.all([get('messages?limit=100', { signal }), get('presence', { signal, quiet: true })]);
      messages = list.data.items;
      await showOnline(presence.data);
      await showConversation();
      emit('messages-read');
    } catch (error) {
      isAbort(error) || conversation.replaceChildren(failure(error, load));
    }
  }

  async function watchPresence() {
    try {
      for (;;) {
        await delay(presencePace, signal);
        // Failures are told by whatever the user does, and by the banner.
        await get('presence', { signal, quiet: true }).then(answer => showOnline(answer.data), error => { if (isAbort(error)) throw error; });
      }
    } catch (error) {
      if (!isAbort(error)) {
        throw error;
      }
    }
  }

  async function showOnline(presence) {
    online = new Set(presence.online.map(user => user.user_id));
    const me = session()?.id;
    const others = [...new Set([...online, ...messages.map(partner), ...chosen ? [chosen] : []])].filter(id => id !== me);
    const named = await Promise.all(others.map(async id => ({ id, name: await nameOf(id) })));
    signal.throwIfAborted();
    named.sort((a, b) => Number(online.has(b.id)) - Number(online.has(a.id)) || a.name.localeCompare(b.name));
    const before = chosen;
    chosen ??= named[0]?.id ?? null;
    const focused = document.activeElement?.dataset?.person;
    people.replaceChildren(...named.map(({ id, name }) => h('li', {},
      h('a', { href: `#/messages/${id}`, class: 'person', 'data-person': id, 'aria-current': id === chosen ? 'true' : null },
        h('span', {}, name), h('span', { class: online.has(id) ? 'online' : 'quiet' }, online.has(id) ? 'online' : 'away')))));
    focused && people.querySelector(`[data-person="${focused}"]`)?.focus();
    if (before !== chosen) {
      await showConversation();
    }
  }

  async function showConversation() {
    openWith = chosen;
    if (chosen === null) {
      conversation.replaceChildren(emptyState(
        'Nobody else is here',
        'Open a second window and sign in as the other demo user: both of you appear here, and can write to each other.',
        h('a', { class: 'button', href: 'shop#/sign-in', target: '_blank', rel: 'noopener' }, 'Open a second window')));
      return;
    }

    const name = await nameOf(chosen);
    signal.throwIfAborted();
    const log = h('ol', { class: 'bubbles', tabindex: '0', 'aria-label': `Messages with ${name}` }, messages.filter(message => partner(message) === chosen).reverse().map(message =>
      h('li', { class: message.sender_id === session()?.id ? 'mine' : 'theirs' }, h('p', {}, message.content), h('span', { class: 'quiet' }, moment(message.created_at)))));
    const existing = conversation.querySelector('form');
    if (existing?.dataset.to === String(chosen)) {
      conversation.querySelector('.bubbles').replaceWith(log); // What is being written stays, with its focus.
    } else {
      conversation.replaceChildren(h('h2', {}, name), log, composer(name));
    }

    log.scrollTop = log.scrollHeight;
  }

  function composer(name) {
    const to = chosen;
    const input = h('textarea', { id: 'content', rows: '2', maxlength: '4000', required: true, placeholder: 'Hello!', oninput: () => drafts.set(to, input.value), onkeydown: keyed });
    input.value = drafts.get(to) ?? '';
    const button = h('button', { type: 'submit' }, 'Send');
    const outcome = h('div', { role: 'status' });
    const form = h('form', { class: 'composer', 'data-to': to, onsubmit: send },
      h('label', { for: 'content' }, `Message to ${name}`), h('div', { class: 'row' }, input, button), outcome);
    return form;

    function keyed(event) {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    }

    async function send(event) {
      event.preventDefault();
      button.disabled = true;
      const content = input.value;
      const key = keys.get(to + content) ?? idempotencyKey();
      keys.set(to + content, key); // Sent again after a failure, it is still one message.
      try {
        await post('messages', { recipient_id: to, content }, { key, signal });
        keys.delete(to + content);
        drafts.delete(to);
        input.value = '';
        outcome.replaceChildren();
        emit('tried', 'message');
        await load();
      } catch (error) {
        isAbort(error) || outcome.replaceChildren(notice(error.message, 'bad'));
      }

      button.disabled = false;
      input.focus();
    }
  }

  function partner(message) {
    return message.sender_id === session()?.id ? message.recipient_id : message.sender_id;
  }
}
