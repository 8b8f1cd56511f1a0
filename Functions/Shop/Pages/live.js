// The event stream, GET /events. EventSource cannot send the session as a header, so this reads the stream itself: it resumes after the last
// event that came, waits as long as the server says, and takes a silent connection for a dead one.

import { emit, on } from './bus.js';
import { session, end } from './session.js';
import { delay } from './dom.js';

const silence = 30_000; // The server sends something every 10 s.

let stop;
let wake = () => {};

/** Follows the session: a stream while somebody is signed in. */
export function follow() {
  on('session', restart);
  on('restored', () => wake());
  addEventListener('online', () => wake());
  restart();
}

function restart() {
  stop?.abort();
  if (session()) {
    stop = new AbortController();
    run(session().token, stop.signal);
  } else {
    emit('live', { state: 'off' });
  }
}

async function run(token, signal) {
  const stream = { lastId: null, retry: 1_000 };
  emit('live', { state: 'connecting' });
  while (!signal.aborted) {
    try {
      await open(stream, token, signal);
    } catch {
      // Cut, refused or silent: the next attempt tells what it is.
    }

    if (!signal.aborted) {
      emit('live', { state: 'connecting' });
      const woken = new Promise(resolve => { wake = resolve; });
      await Promise.race([woken, delay(stream.retry, signal).catch(() => {})]);
    }
  }
}

async function open(stream, token, signal) {
  const dead = new AbortController();
  let timer = setTimeout(() => dead.abort(), silence);
  try {
    const headers = { 'X-Session-ID': token };
    if (stream.lastId) {
      headers['Last-Event-ID'] = stream.lastId;
    }

    const response = await fetch('events', { headers, cache: 'no-store', credentials: 'omit', signal: AbortSignal.any([signal, dead.signal]) });
    if (response.status === 401) {
      end('You were signed out: this session was closed somewhere else, or has expired.');
      return;
    }

    if (!response.ok) {
      emit('trouble');
      return;
    }

    let event = {};
    let rest = '';
    for await (const text of chunks(response.body)) {
      clearTimeout(timer);
      timer = setTimeout(() => dead.abort(), silence);
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        event = take(line, event, stream);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

async function* chunks(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    yield part.value;
  }
}

// One line of the stream; returns the event as far as it has come.
function take(line, event, stream) {
  if (line === '') {
    if (event.data) {
      emit('event', JSON.parse(event.data));
    }

    return {};
  }

  const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
  if (name === 'id') {
    stream.lastId = value;
    emit('live', { state: 'open' }); // A stream without an id is one of a backend that cannot reach Redis.
  } else if (name === 'retry') {
    stream.retry = Number(value);
  } else if (name === 'data') {
    return { ...event, data: value };
  }

  return event;
}
