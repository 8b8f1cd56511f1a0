// Requests to the API, whose paths are relative to the page, each told to the panel with what it asked for underneath.

import { emit } from './bus.js';
import { session, end } from './session.js';

export class ApiError extends Error {
  constructor(message, status, { retryAfter, limit } = {}) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter; // Seconds.
    this.limit = limit; // How many requests the limit that is used up allows.
  }
}

/**
 * Sends a request; returns `{data, headers, cache}`.
 * Options: `json` or `body` with `type`, `headers`, `key` (an idempotency key), `signal`, `as` ('json', 'blob'), `quiet` (not for the panel).
 * Throws an ApiError whose message can be shown.
 */
export async function call(method, path, options = {}) {
  const asked = session();
  const headers = { ...options.headers };
  if (asked) {
    headers['X-Session-ID'] = asked.token;
  }

  if (options.key) {
    headers['Idempotency-Key'] = options.key;
  }

  if (options.json !== undefined) {
    headers['Content-Type'] = 'application/json';
  } else if (options.type) {
    headers['Content-Type'] = options.type;
  }

  const begun = performance.now();
  let response;
  let data;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: options.json !== undefined ? JSON.stringify(options.json) : options.body,
      signal: options.signal,
      credentials: 'omit',
    });
    data = response.ok && options.as === 'blob' ? await response.blob() : await read(response);
  } catch (error) {
    if (error.name === 'AbortError') {
      throw error;
    }

    emit('trouble');
    throw new ApiError('The backend does not answer. The page tries again by itself.', 0);
  }

  const answer = describe(method, path, response, performance.now() - begun);
  if (!options.quiet) {
    emit('call', answer);
  }

  if (response.status === 503 || answer.cache === 'bypass') {
    emit('trouble');
  }

  if (response.ok) {
    return { data, headers: response.headers, cache: answer.cache };
  }

  // Only the session that was asked with has ended: another one may have begun meanwhile.
  if (response.status === 401 && asked && session()?.token === asked.token) {
    end('Your session has ended. Sign in again to go on.');
  }

  throw new ApiError(words(response, data, answer), response.status, {
    retryAfter: Number(response.headers.get('Retry-After')) || 1,
    limit: answer.limit?.of,
  });
}

export const get = (path, options) => call('GET', path, options);
export const post = (path, json, options) => call('POST', path, { json, ...options });

/** A key that makes repeating a request harmless: the backend does what it asks for once. */
export function idempotencyKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
}

async function read(response) {
  const text = await response.text();
  return (response.headers.get('Content-Type') ?? '').includes('json') && text ? JSON.parse(text) : text;
}

function describe(method, path, response, duration) {
  const limit = /"([^"]+)";r=(\d+)/.exec(response.headers.get('RateLimit') ?? '');
  const quota = /;q=(\d+)/.exec(response.headers.get('RateLimit-Policy') ?? '');
  return {
    method,
    path,
    duration,
    status: response.status,
    cache: response.headers.get('X-Cache'),
    timings: timings(response.headers.get('Server-Timing') ?? ''),
    limit: limit && quota ? { policy: limit[1], left: Number(limit[2]), of: Number(quota[1]) } : null,
  };
}

// redis;desc="2 commands in 1 round trip";dur=0.41, postgres;desc="1 command";dur=2.30, total;dur=3.10
function timings(text) {
  const found = {};
  for (const [, name, description, duration] of text.matchAll(/(\w+)(?:;desc="([^"]*)")?;dur=([\d.]+)/g)) {
    found[name] = { description, duration: Number(duration) };
  }

  return found;
}

function words(response, problem, { limit }) {
  const wait = response.headers.get('Retry-After');
  switch (response.status) {
    case 429:
      return `The limit ${limit ? `“${limit.policy}” of ${limit.of} requests ` : ''}is used up. It goes on in ${wait} s.`;
    case 503:
      return 'The backend cannot reach one of its servers. The page goes on by itself when it can.';
    case 400:
      return problem?.errors ? Object.values(problem.errors).flat().join(' ') : `${problem?.error ?? 'The request is not valid'}.`;
    default:
      return `${problem?.error ?? `The backend answered ${response.status}`}.`;
  }
}
