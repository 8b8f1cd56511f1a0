// BullMQ: no-op jobs, one process, concurrency 16. Arguments: host, port, jobs, samples. Prints one line of JSON.
import { Queue, Worker } from 'bullmq';

const [host, port, jobs, samples] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const connection = { host, port, maxRetriesPerRequest: null };
const payload = 'x'.repeat(200);
const kept = { removeOnComplete: { count: 10_000 } };

async function throughput() {
  const queue = new Queue('throughput', { connection });
  await queue.obliterate({ force: true });
  for (let i = 0; i < jobs; i += 1000) {
    await queue.addBulk(Array.from({ length: Math.min(1000, jobs - i) }, () => ({ name: 'noop', data: { payload }, opts: kept })));
  }

  let done = 0;
  const started = process.hrtime.bigint();
  await new Promise((resolve) => {
    const worker = new Worker('throughput', async () => { }, { connection, concurrency: 16 });
    worker.on('completed', () => { if (++done === jobs) worker.close().then(resolve); });
  });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  await queue.close();
  return jobs / seconds;
}

async function latency() {
  const queue = new Queue('latency', { connection });
  await queue.obliterate({ force: true });
  let arrived;
  const worker = new Worker('latency', async () => arrived(process.hrtime.bigint()), { connection, concurrency: 16 });
  await worker.waitUntilReady();
  const times = [];
  for (let i = 0; i < samples + 50; i++) {
    const start = new Promise((resolve) => { arrived = resolve; });
    const enqueued = process.hrtime.bigint();
    await queue.add('noop', { payload }, kept);
    const milliseconds = Number(await start - enqueued) / 1e6;
    if (i >= 50) times.push(milliseconds);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await worker.close();
  await queue.close();
  times.sort((a, b) => a - b);
  return [times[Math.floor(times.length * 0.5)], times[Math.floor(times.length * 0.99)]];
}

const perSecond = await throughput();
const [p50, p99] = await latency();
console.log(JSON.stringify({ throughput: perSecond, p50, p99 }));
process.exit(0);
