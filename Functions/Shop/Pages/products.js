// The list of products: all, of a category, or found by a search while it is typed.

import { count, delay, emptyState, failure, h, heading, icon, isAbort, money } from './dom.js';
import { get } from './api.js';
import { emit, on } from './bus.js';
import { keep, known, loadCategories, loadProduct } from './store.js';

const pageSize = 24;
const pause = 220; // While somebody types.
const detailsPause = 500;
const detailed = 12; // A search answers with names; prices are asked for the first ones.
const remembered = new Map();

export function open(root, signal) {
  const title = heading('Products');
  const status = h('p', { class: 'quiet', role: 'status' });
  const chips = h('nav', { class: 'chips', 'aria-label': 'Categories' });
  const grid = h('ul', { class: 'grid' });
  const more = h('div', { class: 'more' });
  root.append(h('div', { class: 'page-head' }, title, status), chips, grid, more);

  let shown = new AbortController();
  on('product', ({ product, before }) => patch(grid, product, before), signal);
  on('event', event => event.type === 'product_updated' && remembered.clear(), signal);
  signal.addEventListener('abort', () => shown.abort());

  return {
    async update(route) {
      shown.abort();
      shown = new AbortController();
      const current = shown.signal;
      try {
        const categories = await loadCategories(current);
        current.throwIfAborted();
        showChips(chips, categories, route.category);
        if (route.query) {
          await search(route.query, categories, current);
        } else {
          title.textContent = categories.get(route.category) ?? 'Products';
          await list(route.category, categories, current);
        }
      } catch (error) {
        if (!isAbort(error) && !current.aborted) {
          grid.replaceChildren();
          status.textContent = '';
          more.replaceChildren(failure(error, () => this.update(route)));
          on('restored', () => this.update(route), current);
        }
      }
    },
  };

  async function list(category, categories, current) {
    status.textContent = 'Loading…';
    let cursor = null;
    await loadMore();

    async function loadMore() {
      const parameters = new URLSearchParams({ limit: pageSize });
      if (category) {
        parameters.set('category', category);
      }

      if (cursor) {
        parameters.set('cursor', cursor);
      }

      const { data } = await get(`products?${parameters}`, { signal: current });
      const cards = data.items.map(product => card(keep(product), categories));
      if (cursor) {
        grid.append(...cards);
        cards[0]?.querySelector('a').focus();
      } else {
        grid.replaceChildren(...cards);
      }

      cursor = data.next_cursor;
      status.textContent = cursor ? `The first ${count(grid.children.length, 'product')}` : count(grid.children.length, 'product');
      more.replaceChildren(
        ...grid.children.length === 0 ? [emptyState('No products here', 'There are none in this category. Choose another one.')] : [],
        ...cursor ? [moreButton()] : []);
    }

    function moreButton() {
      return h('button', {
        type: 'button',
        onclick: async event => {
          event.target.disabled = true;
          try {
            await loadMore();
          } catch (error) {
            isAbort(error) || more.replaceChildren(failure(error, () => more.replaceChildren(moreButton())));
          }
        },
      }, 'Show more');
    }
  }

  async function search(query, categories, current) {
    title.textContent = `“${query}”`;
    if (!remembered.has(query)) {
      await delay(pause, current);
      status.textContent = 'Searching…';
      remembered.set(query, await find(query, current));
    }

    const results = remembered.get(query);
    grid.replaceChildren(...results.map(result => card(known(result.id) ?? result, categories)));
    status.textContent = results.length === 0 ? 'Nothing found' : results.length === 50 ? 'The 50 best' : count(results.length, 'product');
    more.replaceChildren(...results.length === 0 ? [emptyState('Nothing found', 'Fewer or other words may find more: try “oak”, “steel kettle” or “lamp -glass”.')] : []);
    await delay(detailsPause, current);
    await loadDetails(results.filter(result => !known(result.id)?.description).slice(0, detailed), current);
  }

  // When the limit is used up, the search waits for it as a person would.
  async function find(query, current) {
    for (;;) {
      try {
        return (await get(`search?q=${encodeURIComponent(query)}`, { signal: current })).data.results;
      } catch (error) {
        if (error.status !== 429) {
          throw error;
        }

        for (let left = error.retryAfter; left > 0; left--) {
          status.textContent = `The limit of searches is used up (${error.limit}): this one runs in ${count(left, 'second')}.`;
          await delay(1_000, current);
        }
      }
    }
  }

  async function loadDetails(results, current) {
    const found = { hit: 0, other: 0 };
    await Promise.all([0, 1, 2].map(async () => {
      for (let result = results.shift(); result; result = results.shift()) {
        const { product, cache } = await loadProduct(result.id, { signal: current, quiet: true });
        found[cache === 'hit' ? 'hit' : 'other']++;
        patch(grid, product);
      }
    })).catch(error => {
      if (isAbort(error)) {
        throw error;
      }
      // Prices that are not there are on the page of the product.
    });
    if (found.hit + found.other > 0) {
      emit('note', { title: `Prices of ${count(found.hit + found.other, 'result')}`, text: `${found.hit} came from the cache, ${found.other} from PostgreSQL.` });
    }
  }
}

function showChips(chips, categories, current) {
  const link = (id, name) => h('a', { class: 'chip', href: id ? `#/category/${id}` : '#/', 'aria-current': id === current ? 'page' : null }, name);
  chips.replaceChildren(link(undefined, 'All'), ...[...categories].map(([id, name]) => link(id, name)));
}

export function picture(product, categories) {
  const category = categories.get(product.category_id)?.toLowerCase() ?? 'box';
  const known = ['kitchen', 'office', 'garden', 'travel', 'audio', 'sports', 'toys', 'books', 'bath', 'tools'];
  return h('span', { class: `picture tint-${(product.category_id ?? 0) % 10}` }, icon(known.includes(category) ? category : 'box'));
}

function card(product, categories) {
  return h('li', { 'data-product': product.id },
    h('a', { class: 'card', href: `#/product/${product.id}` },
      picture(product, categories),
      h('span', { class: 'card-name' }, product.name),
      h('span', { class: 'card-foot' },
        h('span', { class: 'quiet' }, categories.get(product.category_id) ?? ''),
        h('span', { class: 'price' }, product.price === undefined ? '' : money(product.price)))));
}

// A product that is shown has changed, or its details have come.
async function patch(grid, product, before) {
  const item = grid.querySelector(`[data-product="${product.id}"]`);
  if (item) {
    const fresh = card(product, await loadCategories());
    const link = item.querySelector('a');
    link.replaceChildren(...fresh.querySelector('a').childNodes);
    if (before && before.price !== product.price) {
      link.querySelector('.price').classList.add('changed');
    }
  }
}
