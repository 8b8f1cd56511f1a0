// What the parts of the page tell each other:
//   call        a request was answered (for the panel)
//   trouble     a request failed for want of a server
//   connection  the backend and its servers are there, or not
//   restored    they are there again
//   live        the event stream is open, or not
//   event       an event came on it
//   session     somebody signed in or out
//   task        a task got on

const target = new EventTarget();

export function emit(name, detail) {
  target.dispatchEvent(new CustomEvent(name, { detail }));
}

/** Listens until the signal is aborted, or for good. */
export function on(name, listener, signal) {
  target.addEventListener(name, event => listener(event.detail), { signal });
}
