// What several views are made of.

import { h, fill } from './dom.js';

/** Says something for some seconds; what went wrong stays until it is closed. */
export function toast(text, kind = 'done') {
  const close = h('button.ghost.small', { 'aria-label': 'Close' }, '×');
  const element = h(`div.toast.${kind}`, null, h('span', null, text), close);
  close.addEventListener('click', () => element.remove());
  document.getElementById('toasts').append(element);
  if (kind === 'done') {
    setTimeout(() => element.remove(), 6000);
  }
}

/** Asks before something is done; resolves to whether it shall be. */
export function confirm({ title, text, action, danger = true }) {
  return new Promise(resolve => {
    const dialog = h('dialog', { 'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-text' },
      h('form', { method: 'dialog' },
        h('h2', { id: 'dialog-title' }, title),
        h('p', { id: 'dialog-text' }, text),
        h('div.actions', null,
          h('button.secondary', { value: 'no', autofocus: true }, 'Keep as it is'),
          h(`button.${danger ? 'danger' : 'primary'}`, { value: 'yes' }, action))));
    const before = document.activeElement;
    dialog.addEventListener('close', () => {
      const answer = dialog.returnValue === 'yes';
      dialog.remove();
      before?.focus?.();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Does something for a button: once at a time, and with what went wrong in words. */
export async function act(button, work) {
  button.disabled = true;
  try {
    await work();
  } catch (failure) {
    toast(failure.message, 'failed');
  } finally {
    button.disabled = false;
  }
}

export const badge = (text, tone = 'plain') => h(`span.badge.${tone}`, null, text);

export const empty = (title, text) => h('div.empty', null, h('p.empty-title', null, title), text && h('p', null, text));

export const code = value => h('pre', { tabindex: 0, role: 'region', 'aria-label': 'Value' }, typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** A table that becomes a list of cards where there is little room. Cells: text, elements, or null. */
export function table(caption, columns, rows) {
  return h('div.table-wrap', null,
    h('table', null,
      h('caption.visually-hidden', null, caption),
      h('thead', null, h('tr', null, columns.map(column => h('th', { scope: 'col', class: column.numeric ? 'numeric' : null }, (column.title ?? column) || h('span.visually-hidden', null, 'Actions'))))),
      h('tbody', null, rows.map(row => h('tr', null, row.map((cell, i) =>
        h('td', { 'data-label': columns[i].title ?? columns[i], class: columns[i].numeric ? 'numeric' : null }, cell ?? '–')))))));
}

/** A card with a heading. */
export const card = (title, ...children) => h('section.card', null, h('h2', null, title), children);

/** One of several, as buttons in a row. */
export function choice(label, options, chosen, change) {
  return h('div.choice', { role: 'group', 'aria-label': label }, options.map(([value, text]) =>
    h('button', { type: 'button', 'aria-pressed': String(value === chosen), 'data-key': `${label}-${value}`, onclick: () => change(value) }, text)));
}

/** Shows what a call returns, now and again; keeps the last answer while calls fail, and says why they do. */
export class Panel {
  element = h('div.panel', { 'aria-busy': 'true' }, h('p.loading', null, 'One moment…'));
  #shown;
  #timer;
  #load;
  #render;
  #interval;
  #ending = new AbortController();
  #round = 0;

  constructor(load, render, interval = 5000) {
    this.#load = load;
    this.#render = render;
    this.#interval = interval;
    this.refresh();
  }

  async refresh() {
    clearTimeout(this.#timer);
    const round = this.#round += 1;
    try {
      const answer = await this.#load(this.#ending.signal);
      if (round === this.#round && !this.#ending.signal.aborted) {
        const text = JSON.stringify(answer);
        this.element.setAttribute('aria-busy', 'false');
        if (text !== this.#shown) {
          this.#shown = text;
          fill(this.element, this.#render(answer));
        }
      }
    } catch (failure) {
      if (!this.#ending.signal.aborted && round === this.#round && this.#shown === undefined) {
        this.element.setAttribute('aria-busy', 'false');
        fill(this.element, empty('This cannot be shown now', failure.message));
      }
    }

    if (round === this.#round && !this.#ending.signal.aborted && this.#interval > 0) {
      this.#timer = setTimeout(() => this.refresh(), this.#interval);
    }
  }

  /** Draws once more what is there, as how it is shown has changed. */
  redraw() {
    this.#shown = undefined;
    return this.refresh();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#ending.abort();
  }
}
