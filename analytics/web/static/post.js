// Changes are sent with the page's token; what was refused is an Error with the server's sentence.

export const csrfToken = document.querySelector('meta[name="csrf-token"]').content;

// A sentence; or, of values that are none of what was asked for, which and why.
function inWords(detail) {
  if (!Array.isArray(detail)) return detail;
  return detail.map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`).join("; ");
}

export function post(path, values = {}) {
  return send("POST", path, values);
}

export async function send(method, path, values = {}) {
  const answer = await fetch(path, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
    body: JSON.stringify(values),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(inWords(said.detail) ?? `the server answered ${answer.status}`);
  return said;
}
