import { get, post, remove } from './api.js';
import { field, fill, h } from './dom.js';
import { ago, exact, number, plural, words } from './format.js';
import { act, badge, card, choice, code, confirm, empty, Panel, table, toast } from './ui.js';

const STATES = [['', 'All'], ['queued', 'Queued'], ['running', 'Running'], ['delayed', 'Delayed'], ['dead', 'Dead'], ['succeeded', 'Finished'], ['cancelled', 'Cancelled']];
const TONES = { queued: 'plain', running: 'accent', delayed: 'warn', dead: 'bad', succeeded: 'good', cancelled: 'plain' };
const WAITS = ['queued', 'running', 'delayed'];
const ENDED = ['dead', 'cancelled'];
const LIMIT = 50;

export function tasks({ rest, query }) {
  return rest[0] ? one(rest[0]) : list(query);
}

function list(query) {
  const filter = { state: query.get('state') ?? '', name: query.get('name') ?? '', owner: query.get('owner') ?? '' };
  const parameters = extra => new URLSearchParams(Object.entries({ ...filter, ...extra }).filter(([, value]) => value !== ''));
  const go = changed => { location.hash = `#/tasks?${new URLSearchParams(Object.entries({ ...filter, ...changed }).filter(([, value]) => value !== ''))}`; };
  const more = [];
  let cursor = null;
  const panel = new Panel(signal => get(`console/tasks?${parameters({ limit: LIMIT })}`, signal), page => {
    cursor = more.length > 0 ? cursor : page.next_cursor;
    return renderList([...page.items, ...more.filter(old => !page.items.some(item => item.task.id === old.task.id))], filter, panel, cursor, loadMore);
  });
  const loadMore = async button => act(button, async () => {
    const page = await get(`console/tasks?${parameters({ limit: LIMIT, cursor })}`);
    more.push(...page.items);
    cursor = page.next_cursor;
    await panel.redraw();
  });

  const id = h('input', { type: 'search', name: 'id', placeholder: '32 characters', spellcheck: 'false', autocomplete: 'off', pattern: '\\s*[0-9a-f]{32}\\s*' });
  const owner = h('input', { type: 'search', name: 'owner', value: filter.owner, placeholder: 'User id', autocomplete: 'off' });
  const name = h('select', { name: 'name' }, h('option', { value: '' }, 'Every name'));
  get('console/task-names').then(({ names }) => {
    name.append(...names.map(one => h('option', { value: one }, one)));
    name.value = filter.name;
  }).catch(() => { /* The list below says what is wrong. */ });
  name.addEventListener('change', () => go({ name: name.value }));
  const bulk = h('div.actions');
  const offer = (action, title) => h('button.secondary', { onclick: event => change(event.currentTarget, action, filter, panel) }, title);
  fill(bulk,
    ENDED.includes(filter.state) && offer('retry', 'Retry all of these…'),
    WAITS.includes(filter.state) && offer('cancel', 'Cancel all of these…'));

  return {
    tools: bulk,
    element: h('div.stack', null,
      choice('State', STATES, filter.state, state => go({ state })),
      h('div.filters', null,
        h('form', { onsubmit: event => { event.preventDefault(); location.hash = `#/tasks/${id.value.trim()}`; } }, field('Find by id', id), h('button.secondary', null, 'Open')),
        field('Name', name),
        h('form', { onsubmit: event => { event.preventDefault(); go({ owner: owner.value.trim() }); } }, field('Owner', owner), h('button.secondary', null, 'Filter'))),
      panel.element),
    close: () => panel.stop(),
  };
}

function renderList(items, filter, panel, cursor, loadMore) {
  if (items.length === 0) {
    return empty(filter.state ? `No ${STATES.find(state => state[0] === filter.state)?.[1].toLowerCase()} task` : 'No task yet', 'Tasks appear here as soon as somebody requests one.');
  }

  return h('div.stack', null,
    table('Tasks', ['Task', 'State', 'Owner', { title: 'Attempts', numeric: true }, { title: 'Created', numeric: true }, ''], items.map(({ task, owner }) => [
      h('div', null,
        h('a', { href: `#/tasks/${task.id}`, 'data-key': `open-${task.id}` }, words(task.name)),
        h('div.sub', null, h('code', null, task.id)),
        task.error && h('div.error-text', null, task.error)),
      state(task), owner ?? '–', `${task.attempts} of ${task.max_attempts}`, h('time', { datetime: task.created_at, title: exact(task.created_at) }, ago(task.created_at)),
      h('div.actions', null, buttons(task, () => panel.redraw())),
    ])),
    cursor && h('button.secondary', { onclick: event => loadMore(event.currentTarget) }, 'Show more'));
}

function state(task) {
  return h('span', null, badge(task.state === 'succeeded' ? 'Finished' : words(task.state), TONES[task.state]),
    task.state === 'running' && task.progress !== null && h('progress', { max: 100, value: task.progress, 'aria-label': 'Progress' }));
}

function buttons(task, done) {
  const retry = h('button.secondary.small', {
    'data-key': `retry-${task.id}`, 'aria-label': `Retry ${words(task.name)} ${task.id}`,
    onclick: event => act(event.currentTarget, async () => {
      await post(`tasks/${task.id}/retry`);
      toast('The task is queued again.');
      await done();
    }),
  }, 'Retry');
  const cancel = h('button.secondary.small', {
    'data-key': `cancel-${task.id}`, 'aria-label': `Cancel ${words(task.name)} ${task.id}`,
    onclick: event => act(event.currentTarget, async () => {
      if (await confirm({ title: 'Cancel 1 task?', text: `${words(task.name)} stops, and what it has made so far is discarded.`, action: 'Cancel the task' })) {
        await remove(`tasks/${task.id}`);
        toast('The task is cancelled.');
        await done();
      }
    }),
  }, 'Cancel');
  return [ENDED.includes(task.state) && retry, WAITS.includes(task.state) && cancel];
}

async function change(button, action, filter, panel) {
  await act(button, async () => {
    const wanted = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ''));
    let { count, maximum } = await get(`console/task-count?${wanted}`);
    for (;;) {
      if (count === 0) {
        toast('There is no such task any more.');
        break;
      }

      const tasks = plural(count, 'task');
      const text = `${filter.state === 'dead' ? 'Each has' : 'Each is'} ${filter.state === 'dead' ? 'failed for good' : words(filter.state).toLowerCase()}${filter.name ? `, named ${filter.name}` : ''}${filter.owner ? `, of user ${filter.owner}` : ''}.`
        + `${count === maximum ? ` There may be more: ${number(maximum)} are changed at a time.` : ''}`;
      const wants = action === 'retry'
        ? await confirm({ title: `Retry ${tasks}?`, text, action: `Retry ${tasks}`, danger: false })
        : await confirm({ title: `Cancel ${tasks}?`, text: `${text} What they have made so far is discarded.`, action: `Cancel ${tasks}` });
      if (!wants) {
        break;
      }

      try {
        const { changed } = await post('console/tasks', { action, count, state: filter.state, ...filter.name && { name: filter.name }, ...filter.owner && { owner: filter.owner } });
        toast(`${plural(changed, 'task')} ${action === 'retry' ? (changed === 1 ? 'is queued again' : 'are queued again') : (changed === 1 ? 'is cancelled' : 'are cancelled')}.`);
        break;
      } catch (failure) {
        if (failure.status !== 409) {
          throw failure;
        }

        count = failure.problem.count; // It has changed meanwhile: ask again, with the new number.
      }
    }

    await panel.redraw();
  });
}

function one(id) {
  const panel = new Panel(signal => get(`console/tasks/${encodeURIComponent(id)}`, signal), detail => renderOne(detail, () => panel.redraw()), 2000);
  return { tools: h('a', { href: '#/tasks' }, 'All tasks'), element: panel.element, close: () => panel.stop() };
}

function renderOne({ task: { task, owner }, payload, payload_bytes: size }, done) {
  const fact = (title, value) => value !== null && value !== undefined && [h('dt', null, title), h('dd', null, value)];
  const at = moment => moment && h('time', { datetime: moment }, `${exact(moment)} (${ago(moment)})`);
  const files = [task.result?.file, ...(task.result?.files ?? [])].map(file => typeof file === 'string' ? file : file?.name).filter(Boolean);
  return h('div.stack', null,
    h('section.card', null,
      h('header.card-head', null, h('h2', null, words(task.name)), h('div.actions', null, buttons(task, done))),
      h('dl', null,
        fact('Id', h('code', null, task.id)), fact('State', state(task)), fact('Owner', owner && h('a', { href: `#/sessions/${owner}` }, `User ${owner}`)),
        fact('Priority', words(task.priority)), fact('Attempts', `${task.attempts} of ${task.max_attempts}`),
        fact('Created', at(task.created_at)), fact('Started', at(task.started_at)), fact('Finished', at(task.finished_at)), fact('Next attempt', at(task.next_attempt_at)))),
    task.error && card('Why the last attempt failed', h('p.error-text', null, task.error)),
    task.result !== null && card('Result', code(task.result), files.length > 0 && h('ul.files', null, files.map(file =>
      h('li', null, h('a', { href: `tasks/${task.id}/files/${encodeURIComponent(file)}`, download: file }, file))))),
    card('Payload', payload === null
      ? h('p.hint', null, `${plural(size, 'byte')}, which the handler of these tasks keeps private.`)
      : code(payload)));
}
