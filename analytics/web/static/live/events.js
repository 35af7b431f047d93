// A stream of the server's events that goes on where it was, however long the browser was away.

const AGAIN_MS = 2000;

export function follow(path, handlers, connected) {
  let last = "";
  let source;
  const open = () => {
    source = new EventSource(last ? `${path}?after=${encodeURIComponent(last)}` : path);
    source.onopen = () => connected(true);
    source.onerror = () => {
      connected(false);
      // After an answer that is no stream, as of a server that starts, a browser gives up.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
    };
    for (const [kind, handle] of Object.entries(handlers)) {
      source.addEventListener(kind, (event) => {
        last = event.lastEventId || last;
        handle(JSON.parse(event.data));
      });
    }
  };
  open();
  addEventListener("pagehide", () => source.close());
}
