"""Celery: no-op tasks, one worker with 16 threads (pool "threads"), acknowledged late as at-least-once needs, without results.

Arguments: host, port, jobs, samples. Prints one line of JSON.
"""
import json
import os
import subprocess
import sys
import time
import uuid

import celery
import redis

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = os.environ.get("PEER_HOST") or sys.argv[1]
PORT = int(os.environ.get("PEER_PORT") or sys.argv[2])

app = celery.Celery("celery_peer", broker=f"redis://{HOST}:{PORT}/0")
app.conf.update(task_acks_late=True, task_ignore_result=True, worker_prefetch_multiplier=4, task_default_queue="celery_peer")
store = redis.Redis(HOST, PORT)


@app.task(name="noop")
def noop(payload):
    store.incr("celery:done")


@app.task(name="note_start")
def note_start(sample):
    store.rpush("celery:starts", f"{sample} {time.time()}")


def wait_for_start(sample):
    # What an earlier run has left in the broker starts, too.
    while True:
        number, start = store.blpop("celery:starts")[1].decode().split()
        if number == sample:
            return float(start)


def main(jobs, samples):
    store.delete("celery:done", "celery:starts", "celery_peer")
    environment = dict(os.environ, PYTHONPATH=HERE, PEER_HOST=HOST, PEER_PORT=str(PORT))
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_peer", "worker", "--pool", "threads", "--concurrency", "16", "--loglevel", "ERROR",
         "--without-gossip", "--without-mingle", "--without-heartbeat"],
        env=environment, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        run = uuid.uuid4().hex
        note_start.delay(run)
        wait_for_start(run)  # it is ready
        payload = "x" * 200
        started = time.time()
        with app.producer_pool.acquire(block=True) as producer:
            for _ in range(jobs):
                noop.apply_async((payload,), producer=producer)
        while int(store.get("celery:done") or 0) < jobs:
            time.sleep(0.01)
        throughput = jobs / (time.time() - started)

        times = []
        for i in range(samples + 20):
            enqueued = time.time()
            note_start.delay(f"{run}-{i}")
            start = wait_for_start(f"{run}-{i}")
            if i >= 20:
                times.append((start - enqueued) * 1000)
            time.sleep(0.005)
    finally:
        worker.kill()
        worker.wait()
    times.sort()
    print(json.dumps({"throughput": throughput, "p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)]}))


if __name__ == "__main__":
    main(int(sys.argv[3]), int(sys.argv[4]))
