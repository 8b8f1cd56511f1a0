// Images: an upload, and the thumbnails that a task makes of it.

import { emptyState, failure, h, heading, isAbort, notice } from './dom.js';
import { call, get, idempotencyKey } from './api.js';
import { emit, on } from './bus.js';
import { justQueued, ownTasks, taskCard, taskList } from './tasks.js';
import { signInFirst } from './sign-in.js';

const types = ['image/png', 'image/jpeg', 'image/webp'];
const largest = 10 * 1024 * 1024;

export function open(root, signal) {
  if (signInFirst(root, 'Images', 'Images belong to whoever uploaded them.')) {
    return {};
  }

  const outcome = h('div', { role: 'status' });
  const input = h('input', { id: 'file', type: 'file', accept: types.join(','), onchange: () => { input.files[0] && upload(input.files[0]); input.value = ''; } });
  const sample = h('button', { type: 'button', class: 'secondary', onclick: async () => upload(await samplePicture()) }, 'Use a sample picture');
  const drop = h('div', { class: 'panel drop', ondragover: over, ondragleave: leave, ondrop: dropped },
    h('p', {}, h('label', { for: 'file' }, 'Choose a picture'), ' or drop one here: PNG, JPEG or WebP, up to 10 MiB.'),
    h('div', { class: 'row' }, input, sample),
    outcome);
  const list = taskList(
    task => taskCard('Picture', done => [
      h('p', {}, `${done.result.width} × ${done.result.height} pixels`),
      h('div', { class: 'thumbnails' }, done.result.files.map(file => thumbnail(done, file))),
    ]),
    emptyState('No pictures yet', 'Upload one: a worker makes thumbnails of 128 and 512 pixels.'),
    signal);
  root.append(h('div', { class: 'page-head' }, heading('Images')), drop, list.element);
  load();
  on('restored', load, signal);
  return {};

  async function load() {
    try {
      list.add(await ownTasks('process_image', signal));
    } catch (error) {
      isAbort(error) || list.refuse(failure(error, load));
    }
  }

  async function upload(file) {
    if (!types.includes(file.type)) {
      outcome.replaceChildren(notice('This is no PNG, JPEG or WebP picture.', 'bad'));
      return;
    }

    if (file.size > largest) {
      outcome.replaceChildren(notice('This picture has more than 10 MiB.', 'bad'));
      return;
    }

    input.disabled = sample.disabled = true;
    outcome.replaceChildren(notice('Uploading… The first upload may take a while: the storage server is started when it is first needed.'));
    try {
      const { data } = await call('POST', 'images', { body: file, type: file.type, key: idempotencyKey(), signal });
      outcome.replaceChildren();
      list.add([justQueued(data)]);
    } catch (error) {
      isAbort(error) || outcome.replaceChildren(notice(error.message, 'bad'));
    }

    input.disabled = sample.disabled = false;
  }

  // The file is the caller's alone, so it is asked for with the session and shown from memory.
  function thumbnail(task, file) {
    const image = h('img', { alt: `Thumbnail ${file}`, hidden: true });
    const caption = h('figcaption', { class: 'quiet' }, 'Loading…');
    get(`tasks/${task.id}/files/${encodeURIComponent(file)}`, { as: 'blob', signal, quiet: true }).then(
      ({ data }) => {
        const address = URL.createObjectURL(data);
        signal.addEventListener('abort', () => URL.revokeObjectURL(address));
        image.addEventListener('load', () => { caption.textContent = `${image.naturalWidth} × ${image.naturalHeight}`; });
        image.src = address;
        image.hidden = false;
        emit('tried', 'image');
      },
      error => { isAbort(error) || (caption.textContent = error.message); });
    return h('figure', {}, image, caption);
  }

  function over(event) {
    event.preventDefault();
    drop.classList.add('over');
  }

  function leave() {
    drop.classList.remove('over');
  }

  function dropped(event) {
    event.preventDefault();
    leave();
    const file = event.dataTransfer.files[0];
    file && upload(file);
  }
}

function samplePicture() {
  const canvas = h('canvas', { width: 1200, height: 800 });
  const context = canvas.getContext('2d');
  const sky = context.createLinearGradient(0, 0, 0, 800);
  const turn = Math.random() * 360;
  sky.addColorStop(0, `hsl(${turn} 70% 45%)`);
  sky.addColorStop(1, `hsl(${turn + 60} 80% 80%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, 1200, 800);
  for (let hill = 0; hill < 4; hill++) {
    context.fillStyle = `hsl(${turn + 150} 35% ${55 - hill * 12}%)`;
    context.beginPath();
    context.moveTo(0, 800);
    for (let x = 0; x <= 1200; x += 20) {
      context.lineTo(x, 460 + hill * 85 + Math.sin(x / (150 + hill * 40) + hill * 2 + turn) * 60);
    }

    context.lineTo(1200, 800);
    context.fill();
  }

  return new Promise(resolve => canvas.toBlob(resolve, 'image/jpeg', 0.9));
}
