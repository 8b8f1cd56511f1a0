// Asks the application, and knows whether it can be reached. Addresses are relative to the page, so that it works behind any prefix.

const TIMEOUT = 15_000;

/** Why something could not be done, in words for people. */
export class Failure extends Error {
  constructor(message, status, problem) {
    super(message);
    this.status = status;
    this.problem = problem ?? {};
  }
}

/** 'connected', 'limping' (it answers that it cannot work) or 'lost'; listeners hear of changes. */
export const connection = new class extends EventTarget {
  state = 'connected';

  turn(state) {
    if (this.state !== state) {
      this.state = state;
      this.dispatchEvent(new Event('change'));
    }
  }
}();

/** Hears 'ended' when the application does not know the session any more. */
export const session = new EventTarget();

export const get = (path, signal) => call('GET', path, undefined, signal);
export const post = (path, body) => call('POST', path, body);
export const put = (path, body) => call('PUT', path, body);
export const remove = path => call('DELETE', path);

async function call(method, path, body, signal) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]) : AbortSignal.timeout(TIMEOUT),
    });
  } catch (error) {
    if (signal?.aborted) {
      throw error;
    }

    connection.turn('lost');
    throw new Failure('The server cannot be reached.', 0);
  }

  const type = response.headers.get('Content-Type') ?? '';
  const answer = type.includes('json') ? await response.json().catch(() => ({})) : null;
  if (response.ok) {
    connection.turn('connected');
    return answer;
  }

  if (response.status >= 500 && path !== 'health') {
    connection.turn('limping');
  } else {
    connection.turn('connected');
  }

  if (response.status === 401 && path !== 'login') {
    session.dispatchEvent(new Event('ended'));
  }

  if (path === 'health' && answer?.checks) {
    return answer;
  }

  throw new Failure(sentence(response, answer ?? {}), response.status, answer);
}

function sentence(response, problem) {
  if (response.status === 429) {
    return `Too many requests. Try again in ${response.headers.get('Retry-After') ?? 60} seconds.`;
  }

  if (problem.errors) {
    return Object.entries(problem.errors).map(([name, messages]) => `${name.replaceAll('_', ' ')}: ${messages.join(' ')}`).join(' ');
  }

  if (response.status === 503) {
    return 'The application cannot reach one of its servers. Nothing was changed that is not shown.';
  }

  return problem.error ? `${problem.error}.` : `The application answered with status ${response.status}.`;
}
