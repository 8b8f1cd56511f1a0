// Whether the backend and its servers are there: told in a banner while they are not, and found out without the user's doing.

import { byId } from './dom.js';
import { emit, on } from './bus.js';

const calm = 10_000;
const troubled = 1_500;
const restoredShown = 4_000;

let missing = null; // Which server, or the backend.
let timer;
let checking = false;

const texts = {
  redis: 'Redis does not answer. Products still come from PostgreSQL; what needs a session has to wait. This page goes on by itself.',
  postgres: 'PostgreSQL does not answer. What is in the cache is still shown; changes have to wait. This page goes on by itself.',
  backend: 'The backend does not answer. This page goes on by itself when it is back.',
};

export function watch() {
  on('trouble', () => check());
  addEventListener('online', () => check());
  addEventListener('offline', () => check());
  document.addEventListener('visibilitychange', () => document.hidden || check());
  schedule();
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(() => document.hidden ? schedule() : check(), missing ? troubled : calm);
}

async function check() {
  if (checking) {
    return;
  }

  checking = true;
  const away = await serverAway();
  checking = false;
  if (away) {
    show(texts[away], 'bad');
    if (missing !== away) {
      missing = away;
      emit('connection', { away });
    }
  } else if (missing) {
    missing = null;
    show('Everything is there again.', 'good');
    setTimeout(() => missing || show('', ''), restoredShown);
    emit('connection', { away: null });
    emit('restored');
  }

  schedule();
}

async function serverAway() {
  try {
    const response = await fetch('health', { cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(8_000) });
    const { checks } = await response.json();
    return ['redis', 'postgres'].find(server => checks[server].status === 'unhealthy') ?? null;
  } catch {
    return 'backend'; // It cannot be reached, or something else answers in its place.
  }
}

function show(text, kind) {
  const banner = byId('connection');
  if (banner.textContent !== text) {
    banner.textContent = text;
  }

  banner.className = `banner ${kind}`;
}
