// Keeps the dashboard up to date without a jump: only what changed is replaced, and not while somebody is in it.
const live = document.getElementById("live");
const pause = document.getElementById("pause");
const every = 1000 * Number(live.dataset.refresh);
let paused = false;

async function refresh() {
  const busy = document.hidden || live.contains(document.activeElement) || live.querySelector("details[open]");
  if (paused || busy) return;
  try {
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live");
    if (fresh && !paused) live.replaceChildren(...fresh.childNodes);
  } catch {
    // The next round asks again; the page says as of when it is.
  }
}

const words = pause.textContent;
pause.hidden = false;
pause.addEventListener("click", () => {
  paused = !paused;
  pause.textContent = paused ? pause.dataset.go : words;
});
setInterval(refresh, every);
