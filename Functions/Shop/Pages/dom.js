// Elements, and numbers and times as people read them. Text only ever becomes text: no markup is parsed in this application.

const svg = 'http://www.w3.org/2000/svg';

/** Makes an element. Properties are set as attributes, functions as listeners (`onclick`), booleans as present or absent. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== false && value !== undefined && value !== null) {
      element.setAttribute(name, value);
    }
  }

  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const element = document.createElementNS(svg, 'svg');
  element.setAttribute('class', 'icon');
  element.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(svg, 'use');
  use.setAttribute('href', `assets/shop/icons.svg#${name}`);
  element.append(use);
  return element;
}

export const byId = id => document.getElementById(id);

const moneyFormat = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' });
export const money = amount => moneyFormat.format(amount);

const numberFormat = new Intl.NumberFormat('en');
export const count = (number, noun) => `${numberFormat.format(number)} ${noun}${number === 1 ? '' : 's'}`;

export function milliseconds(time) {
  return time < 10 ? `${time.toFixed(1)} ms` : time < 10_000 ? `${Math.round(time)} ms` : `${Math.round(time / 1000)} s`;
}

const timeFormat = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
const clockFormat = new Intl.DateTimeFormat('en', { timeStyle: 'medium' });

/** A moment: the time of day, with the date where that is another day. */
export function moment(text) {
  const time = new Date(text);
  const isToday = time.toDateString() === new Date().toDateString();
  return h('time', { datetime: time.toISOString(), title: timeFormat.format(time) }, (isToday ? clockFormat : timeFormat).format(time));
}

/** The heading of a page. It takes the focus when the page is opened, so that reading goes on there. */
export const heading = (text, ...more) => h('h1', { tabindex: '-1' }, text, ...more);

export const notice = (text, kind = '') => h('p', { class: `notice ${kind}` }, text);

export function emptyState(title, text, ...actions) {
  return h('div', { class: 'empty' }, h('h2', {}, title), h('p', {}, text), actions.length > 0 && h('div', { class: 'row' }, actions));
}

/** Tells a failure where it happened, with a way on. */
export function failure(error, retry) {
  return h('div', { class: 'notice bad', role: 'alert' }, h('p', {}, error.message), retry && h('button', { type: 'button', onclick: retry }, 'Try again'));
}

export function isAbort(error) {
  return error?.name === 'AbortError';
}

/** Resolves after a time, rejects when the signal is aborted. */
export function delay(time, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(done, time);
    signal?.addEventListener('abort', cancelled, { once: true });

    function done() {
      signal?.removeEventListener('abort', cancelled);
      resolve();
    }

    function cancelled() {
      clearTimeout(timer);
      reject(signal.reason);
    }
  });
}
