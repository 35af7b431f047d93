// An address that ends in #TOKEN logs in by itself: what is behind # is never sent or logged.
const token = decodeURIComponent(location.hash.slice(1));
if (token) {
  history.replaceState(null, "", location.pathname);
  document.querySelector("#token").value = token;
  document.querySelector("main form").requestSubmit();
}
