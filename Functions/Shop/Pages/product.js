// One product. Its price changes while it is looked at; administrators change it here.

import { byId, failure, h, heading, isAbort, moment, money, notice } from './dom.js';
import { call } from './api.js';
import { on } from './bus.js';
import { keep, known, loadCategories, loadProduct } from './store.js';
import { session } from './session.js';
import { picture } from './products.js';

const origins = {
  hit: 'This answer came from Redis; PostgreSQL was not asked.',
  miss: 'This answer came from PostgreSQL and is in the cache now: load it again.',
  stale: 'This answer is older than it should be and is being made anew.',
  bypass: 'Redis cannot be used: this answer came from PostgreSQL.',
};

export function open(root, signal) {
  let current;
  on('session', () => current && show(current), signal);
  on('restored', () => current && show(current), signal);
  on('product', ({ product, before }) => product.id === current && changed(product, before), signal);

  return { update: ({ id, takesFocus }) => show(id, takesFocus) };

  async function show(id, takesFocus = false) {
    current = id;
    try {
      const [categories, { product, cache }] = await Promise.all([loadCategories(signal), loadProduct(id, { signal })]);
      render(product, cache, categories);
      takesFocus && root.querySelector('h1').focus({ preventScroll: true });
    } catch (error) {
      if (!isAbort(error)) {
        root.replaceChildren(
          heading(error.status === 404 ? 'There is no such product' : 'Product'),
          failure(error, error.status === 404 ? undefined : () => show(id)),
          h('p', {}, h('a', { href: '#/' }, 'All products')));
      }
    }
  }

  function render(product, cache, categories) {
    const category = categories.get(product.category_id);
    document.title = `${product.name} – Demo shop`;
    root.replaceChildren(
      h('p', { class: 'trail' }, h('a', { href: '#/' }, 'Products'), ' / ', h('a', { href: `#/category/${product.category_id}` }, category)),
      h('article', { class: 'product' },
        h('div', { class: 'product-picture' }, picture(product, categories)),
        h('div', { class: 'product-text' },
          heading(product.name),
          h('p', { class: 'product-price' }, h('span', { class: 'price', id: 'price' }, money(product.price))),
          h('p', { class: 'quiet', id: 'price-news', role: 'status' }),
          h('p', {}, product.description),
          h('p', { class: 'quiet' }, 'Changed ', h('span', { id: 'changed-at' }, moment(product.updated_at))),
          h('div', { class: 'origin' },
            h('p', { id: 'origin' }, origins[cache] ?? ''),
            h('button', { type: 'button', class: 'secondary', onclick: reload }, 'Load again')),
          priceForm(product))));
  }

  async function reload(event) {
    const button = event.target;
    button.disabled = true;
    try {
      const { cache } = await loadProduct(current, { signal });
      byId('origin').textContent = origins[cache] ?? '';
    } catch (error) {
      isAbort(error) || (byId('origin').textContent = error.message);
    }

    button.disabled = false;
  }

  function priceForm(product) {
    if (!session()?.isAdmin) {
      return h('section', { class: 'panel' },
        h('h2', {}, 'Watch the price change'),
        h('p', {}, session()
          ? 'Only administrators change prices. Open a second window, sign in there as Demo Admin, change the price of this product, and watch it change here.'
          : 'Sign in as Demo User here, and as Demo Admin in a second window. A price that the administrator changes there changes here at once.'),
        h('p', { class: 'row' },
          !session() && h('a', { class: 'button', href: '#/sign-in' }, 'Sign in'),
          h('a', { class: 'button secondary', href: `shop#/product/${product.id}`, target: '_blank', rel: 'noopener' }, 'Open a second window')));
    }

    const input = h('input', { id: 'new-price', type: 'number', min: '0', max: '9999999999.99', step: '0.01', required: true, value: product.price.toFixed(2), inputmode: 'decimal' });
    const button = h('button', { type: 'submit' }, 'Change the price');
    const outcome = h('div', { role: 'status' });
    return h('form', { class: 'panel', onsubmit: change },
      h('h2', {}, 'Change the price'),
      h('label', { for: 'new-price' }, 'New price in euros'),
      h('div', { class: 'row' }, input, button),
      outcome);

    async function change(event) {
      event.preventDefault();
      button.disabled = true;
      try {
        // As it is shown: if somebody else has changed it and the event has not come yet, the backend refuses.
        const { data, headers } = await call('PUT', `products/${product.id}`, { json: { price: Number(input.value) }, headers: { 'If-Match': known(product.id).etag } });
        keep(data, headers.get('ETag'));
        outcome.replaceChildren(notice('Changed. Every window that shows this product has the new price.', 'good'));
      } catch (error) {
        if (error.status === 412) {
          await show(product.id);
          byId('price-news').textContent = 'Somebody else has changed the product meanwhile. This is its new state: look at it, and change the price again.';
          return;
        }

        isAbort(error) || outcome.replaceChildren(notice(error.message, 'bad'));
      }

      button.disabled = false;
    }
  }

  function changed(product, before) {
    const price = byId('price');
    if (!price) {
      return;
    }

    price.textContent = money(product.price);
    byId('changed-at').replaceChildren(moment(product.updated_at));
    byId('origin').textContent = 'An event told of a change, and the product was read again.';
    root.querySelector('h1').textContent = product.name;
    if (before.price !== product.price) {
      price.classList.remove('changed');
      void price.offsetWidth; // Starts the animation again.
      price.classList.add('changed');
      byId('price-news').textContent = `The price changed just now, from ${money(before.price)} to ${money(product.price)}.`;
    }
  }
}
