// The events of the application, as they come. Reads the event stream by fetch: an EventSource tells only of types that are known before.

const KEPT = 200;
const LONGEST_PAUSE = 15_000;

export const stream = new class extends EventTarget {
  /** The latest events, the newest first. */
  events = [];
  isOpen = false;
  #ending = null;
  #lastId = null;

  start() {
    if (!this.#ending) {
      this.#ending = new AbortController();
      this.#follow(this.#ending.signal);
    }
  }

  stop() {
    this.#ending?.abort();
    this.#ending = null;
    this.#lastId = null;
    this.events = [];
    this.#turn(false);
  }

  async #follow(signal) {
    for (let failures = 0; !signal.aborted;) {
      try {
        const response = await fetch('events', { headers: this.#lastId ? { 'Last-Event-ID': this.#lastId } : {}, signal });
        if (response.status === 400) {
          this.#lastId = null; // It is from another time.
        }

        if (response.ok) {
          failures = 0;
          this.#turn(true);
          await this.#read(response.body);
        }
      } catch {
        // It has ended, one way or the other; the pause follows.
      }

      this.#turn(false);
      failures += 1;
      await pause(Math.min(500 * 2 ** failures, LONGEST_PAUSE), signal);
    }
  }

  async #read(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }

      text += value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        this.#take(text.slice(0, end));
        text = text.slice(end + 2);
      }
    }
  }

  #take(block) {
    const fields = {};
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      if (colon > 0) {
        fields[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
      }
    }

    if (fields.id) {
      this.#lastId = fields.id;
    }

    if (fields.data) {
      try {
        this.events = [{ ...JSON.parse(fields.data), id: fields.id }, ...this.events].slice(0, KEPT);
        this.dispatchEvent(new Event('event'));
      } catch {
        // No event of ours.
      }
    }
  }

  #turn(isOpen) {
    if (this.isOpen !== isOpen) {
      this.isOpen = isOpen;
      this.dispatchEvent(new Event('change'));
    }
  }
}();

function pause(milliseconds, signal) {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
