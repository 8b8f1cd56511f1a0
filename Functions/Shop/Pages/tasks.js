// Tasks of the background queue: followed until they have ended, and shown with their progress.

import { delay, h, isAbort, milliseconds, moment } from './dom.js';
import { get } from './api.js';
import { emit } from './bus.js';

const ended = new Set(['succeeded', 'dead', 'cancelled']);
const pace = 300;
const outagePace = 2_000;
const patience = 3_000;

const states = {
  queued: 'Waiting in the queue',
  running: 'Running',
  delayed: 'Waiting for its next attempt',
  succeeded: 'Done',
  dead: 'Failed for good',
  cancelled: 'Cancelled',
};

export const isEnded = task => ended.has(task.state);

/** The caller's tasks of a kind, the youngest first. */
export async function ownTasks(name, signal) {
  const { data } = await get('tasks?limit=50', { signal });
  return data.items.filter(task => task.name === name);
}

/** Asks for a task until it has ended; `show` gets each state of it. An outage only makes it wait. */
export async function follow(id, show, signal) {
  for (;;) {
    let wait = pace;
    try {
      const { data: task } = await get(`tasks/${id}`, { signal, quiet: true });
      emit('task', task);
      show(task);
      if (isEnded(task)) {
        return task;
      }
    } catch (error) {
      if (error.status !== 0 && error.status !== 503) {
        throw error;
      }

      wait = outagePace;
    }

    await delay(wait, signal);
  }
}

/** A card for a task: what it is, how far it is, and what `result` makes of it once it has succeeded. */
export function taskCard(title, result) {
  const bar = h('progress', { max: '100', 'aria-label': `Progress: ${title}` });
  const state = h('span', { class: 'task-state' });
  const detail = h('p', { class: 'quiet' });
  const files = h('div', { class: 'task-files' });
  const element = h('li', { class: 'panel task' }, h('div', { class: 'task-head' }, h('h2', {}, title), state), bar, detail, files);
  let hasResult = false;
  return { element, show };

  function show(task) {
    element.dataset.state = task.state;
    state.textContent = task.state === 'running' && task.progress ? `${states.running}, ${task.progress} %` : states[task.state];
    if (task.state === 'succeeded') {
      bar.value = 100;
    } else if (task.progress) {
      bar.value = task.progress;
    } else {
      bar.removeAttribute('value');
    }

    bar.hidden = task.state === 'dead' || task.state === 'cancelled';
    detail.replaceChildren(...details(task));
    if (task.state === 'succeeded' && !hasResult) {
      hasResult = true;
      files.replaceChildren(...result(task));
    }
  }
}

function details(task) {
  if (task.error) {
    return [task.error];
  }

  if (task.state === 'running' && Date.now() - new Date(task.started_at) > patience) {
    return [moment(task.created_at), '. The first task with files may take a minute: the storage server is installed when it is first needed.'];
  }

  return task.finished_at
    ? [moment(task.created_at), `, in ${milliseconds(new Date(task.finished_at) - new Date(task.created_at))} from request to result`]
    : [moment(task.created_at)];
}

/** A list of tasks, the youngest first, which follows those that have not ended. */
export function taskList(makeCard, nothing, signal) {
  const cards = new Map();
  const list = h('ul', { class: 'tasks' });
  const trouble = h('div', {});
  nothing.hidden = true;
  return { element: h('div', {}, trouble, nothing, list), add, refuse };

  // What is there stays: a list that was asked for earlier may come later than a task that was added meanwhile.
  function add(tasks) {
    trouble.replaceChildren();
    for (const task of tasks.filter(task => !cards.has(task.id))) {
      cards.set(task.id, cardOf(task));
    }

    // Ids begin with the time.
    list.replaceChildren(...[...cards.keys()].sort().reverse().map(id => cards.get(id)));
    nothing.hidden = cards.size > 0;
  }

  function refuse(content) {
    trouble.replaceChildren(content);
  }

  function cardOf(task) {
    const card = makeCard(task);
    card.show(task);
    if (!isEnded(task)) {
      follow(task.id, card.show, signal).catch(error => {
        if (!isAbort(error)) {
          card.show({ ...task, error: error.message });
        }
      });
    }

    return card.element;
  }
}

/** What a request that became a task looks like before anything else is known of it. */
export const justQueued = accepted => ({ id: accepted.task_id, state: 'queued', created_at: new Date().toISOString() });

/** Gives a file to the browser, to be saved under its name. */
export async function download(task, name) {
  const { data } = await get(`tasks/${task.id}/files/${encodeURIComponent(name)}`, { as: 'blob' });
  const address = URL.createObjectURL(data);
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
