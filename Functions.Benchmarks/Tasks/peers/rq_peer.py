"""RQ: no-op jobs. A worker of RQ runs one job at a time in a process; so 16 processes stand for a concurrency of 16.

Arguments: host, port, jobs, samples. Prints one line of JSON.
"""
import json
import os
import subprocess
import sys
import time

import redis
import rq

HERE = os.path.dirname(os.path.abspath(__file__))


def noop(payload):
    return None


def note_start(reply):
    redis.Redis(os.environ["PEER_HOST"], int(os.environ["PEER_PORT"])).rpush(reply, time.time())


def start_workers(count, queue, host, port):
    environment = dict(os.environ, PYTHONPATH=HERE, PEER_HOST=host, PEER_PORT=str(port))
    command = ["rq", "worker", "-w", "rq.SimpleWorker", "--quiet", "--url", f"redis://{host}:{port}", queue]
    return [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(count)]


def stop(workers):
    for worker in workers:
        worker.kill()
        worker.wait()


def main(host, port, jobs, samples):
    import rq_peer  # so that the functions are pickled by their module's name
    connection = redis.Redis(host, port)
    queue = rq.Queue("throughput", connection=connection)
    workers = start_workers(16, "throughput", host, port)
    while len(rq.Worker.all(connection)) < 16:
        time.sleep(0.05)
    jobs_made = [queue.prepare_data(rq_peer.noop, args=("x" * 200,), result_ttl=600) for _ in range(jobs)]
    started = time.time()
    queue.enqueue_many(jobs_made)
    while rq.registry.FinishedJobRegistry(queue=queue).count < jobs:
        time.sleep(0.01)
    throughput = jobs / (time.time() - started)
    stop(workers)

    queue = rq.Queue("latency", connection=connection)
    workers = start_workers(1, "latency", host, port)
    times = []
    for i in range(samples + 20):
        enqueued = time.time()
        queue.enqueue(rq_peer.note_start, "rq:starts", result_ttl=600)
        _, start = connection.blpop("rq:starts")
        if i >= 20:
            times.append((float(start) - enqueued) * 1000)
        time.sleep(0.005)
    stop(workers)
    times.sort()
    print(json.dumps({"throughput": throughput, "p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)]}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
