// Products and categories that this page knows. A product that somebody changes is asked for again when the event comes, and whoever shows it is told.

import { get } from './api.js';
import { emit, on } from './bus.js';
import { delay } from './dom.js';

const sameChange = 2_000; // An event is published so long after its change at most, unless a server was away.
const again = 1_000;

const products = new Map();
let categories;

export const known = id => products.get(id);

/** All categories by id; asked for once. */
export function loadCategories(signal) {
  categories ??= get('categories?limit=100').then(answer => new Map(answer.data.items.map(category => [category.id, category.name])));
  categories.catch(() => { categories = undefined; });
  signal?.throwIfAborted();
  return categories;
}

/** Keeps products and tells which have another price than the one that was known. */
export function keep(product, etag) {
  const before = products.get(product.id);
  if (before && new Date(product.updated_at) < new Date(before.updated_at)) {
    return before; // Asked for before it changed, and answered after.
  }

  products.set(product.id, { ...product, etag: etag ?? null });
  if (before && before.updated_at !== product.updated_at) {
    emit('product', { product, before });
  }

  return products.get(product.id);
}

export async function loadProduct(id, options) {
  const { data, headers, cache } = await get(`products/${id}`, options);
  return { product: keep(data, headers.get('ETag')), cache };
}

export function followChanges() {
  on('event', async event => {
    const id = event.data?.product_id;
    if (event.type === 'product_updated' && products.has(id)) {
      try {
        const before = products.get(id).updated_at;
        const { product } = await loadProduct(id);
        if (product.updated_at === before && new Date(event.timestamp) - new Date(before) > sameChange) {
          // Another instance told of the change in the moment between its commit and the end of what was cached.
          await delay(again);
          await loadProduct(id);
        }
      } catch (error) {
        if (error.status === 404) {
          products.delete(id);
        }
        // Else it is shown as it was; opening it asks again, and says what is wrong.
      }
    }
  });
}
