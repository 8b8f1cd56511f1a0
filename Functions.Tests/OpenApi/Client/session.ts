// The session of the README, by a client that openapi-typescript and openapi-fetch make of the OpenAPI document. It compiles only if the document says what is sent and answered.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

const api = createClient<paths>({ baseUrl: process.argv[2]! });

function done<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

async function signIn(email: string, password: string): Promise<string> {
  return done(await api.POST('/api/login', { body: { email, password } })).session_id;
}

const health: components['schemas']['HealthStatus'] = done(await api.GET('/api/health')).status;
console.log('health', health);

const email = `ada-${crypto.randomUUID()}@example.org`;
const account = done(await api.POST('/api/register', { body: { email, name: 'Ada', password: 'analytical-engine' } }));
const session = await signIn(email, 'analytical-engine');
const profile = done(await api.GET('/api/profile', { headers: { 'X-Session-ID': session } }));
console.log('profile', profile.user_id === account.id, profile.name, profile.is_admin);

// The first read of a product comes from PostgreSQL, the second from Redis.
const id = Number(process.argv[3]);
for (let i = 0; i < 2; i++) {
  const read = await api.GET('/api/products/{id}', { params: { path: { id } } });
  console.log('product', done(read).price, read.response.headers.get('X-Cache'));
}

// The administrator of the demo data changes the price; the next read shows it.
const admin = await signIn('admin@example.com', 'demo-admin-2026');
const changed = await api.PUT('/api/products/{id}', { params: { path: { id } }, body: { price: 42.5 }, headers: { 'X-Session-ID': admin } });
console.log('changed', done(changed).price, changed.response.headers.has('ETag'));
const again = await api.GET('/api/products/{id}', { params: { path: { id } } });
console.log('product', done(again).price, again.response.headers.get('X-Cache'));

// Errors have a type as well.
const refused = await api.POST('/api/products', { body: { name: 'Oak table', price: 1, category_id: 1 }, headers: { 'X-Session-ID': session } });
const problem: components['schemas']['Problem'] | undefined = refused.error;
console.log('refused', refused.response.status, problem?.error);

// Lists, to their end.
let items = 0;
let cursor: string | undefined;
do {
  const page = done(await api.GET('/api/products', { params: { query: { category: 1, limit: 50, cursor } } }));
  items += page.items.length;
  cursor = page.next_cursor ?? undefined;
} while (cursor !== undefined);
console.log('items', items > 0);
