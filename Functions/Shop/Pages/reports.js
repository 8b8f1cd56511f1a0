// Reports: a task that writes CSV from PostgreSQL to Blob storage.

import { count, emptyState, failure, h, heading, isAbort, notice } from './dom.js';
import { idempotencyKey, post } from './api.js';
import { emit, on } from './bus.js';
import { download, justQueued, ownTasks, taskCard, taskList } from './tasks.js';
import { signInFirst } from './sign-in.js';

const kinds = { sales: 'Sales', users: 'Users', messages: 'Messages' };
const names = new Map(); // Of tasks that were asked for here: a task does not tell what it was asked for.

export function open(root, signal) {
  if (signInFirst(root, 'Reports', 'Reports belong to whoever asked for them.')) {
    return {};
  }

  const today = new Date();
  const yearAgo = new Date(today.getFullYear() - 1, today.getMonth(), today.getDate());
  const kind = h('select', { id: 'kind' }, Object.entries(kinds).map(([value, name]) => h('option', { value }, name)));
  const from = h('input', { id: 'from', type: 'date', required: true, value: day(yearAgo) });
  const to = h('input', { id: 'to', type: 'date', required: true, value: day(today) });
  const button = h('button', { type: 'submit' }, 'Request the report');
  const outcome = h('div', { role: 'status' });
  const list = taskList(
    task => taskCard(names.get(task.id) ?? 'Report', done => [
      h('p', {}, count(done.result.rows, 'row')),
      ...done.result.files.map(file => h('button', { type: 'button', class: 'secondary', onclick: event => save(event.target, done, file) }, `Download ${file}`)),
    ]),
    emptyState('No reports yet', 'Request one: a worker writes it in the background, and the page shows how far it is.'),
    signal);

  let key = idempotencyKey();
  root.append(
    h('div', { class: 'page-head' }, heading('Reports')),
    h('form', { class: 'panel form-row', onsubmit: request },
      h('div', {}, h('label', { for: 'kind' }, 'What'), kind),
      h('div', {}, h('label', { for: 'from' }, 'From'), from),
      h('div', {}, h('label', { for: 'to' }, 'To'), to),
      button,
      outcome),
    list.element);
  load();
  on('restored', load, signal);
  return {};

  async function load() {
    try {
      list.add(await ownTasks('generate_report', signal));
    } catch (error) {
      isAbort(error) || list.refuse(failure(error, load));
    }
  }

  async function request(event) {
    event.preventDefault();
    button.disabled = true;
    outcome.replaceChildren();
    try {
      const { data } = await post('reports', { type: kind.value, date_range: { from: from.value, to: to.value } }, { key, signal });
      key = idempotencyKey(); // A request that failed is sent again under its key, and is made once.
      names.set(data.task_id, `${kinds[kind.value]}, ${from.value} to ${to.value}`);
      list.add([justQueued(data)]);
    } catch (error) {
      isAbort(error) || outcome.replaceChildren(notice(error.message, 'bad'));
    }

    button.disabled = false;
  }

  async function save(target, task, file) {
    target.disabled = true;
    try {
      await download(task, file);
      emit('tried', 'report');
    } catch (error) {
      isAbort(error) || outcome.replaceChildren(notice(error.message, 'bad'));
    }

    target.disabled = false;
  }
}

function day(date) {
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}
